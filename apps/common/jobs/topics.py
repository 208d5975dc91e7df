"""Jobs on live pages: ``job:12`` is one, ``jobs:7`` those of person 7."""

from typing import Any

from apps.common.jobs.state import state
from apps.common.live import topics
from apps.common.models import Job

RECENT = 10


def register_topics() -> None:
    topics.register("job", allowed=_may_see, snapshot=_one)
    # An update of the list is one job: none may be left out.
    topics.register("jobs", allowed=_is_own_list, snapshot=_list, is_whole=False)


def _may_see(user: Any, key: str) -> bool:
    return key.isdigit() and Job.objects.visible_to(user).filter(pk=key).exists()


def _one(user: Any, key: str) -> dict[str, Any]:
    return state(Job.objects.visible_to(user).get(pk=key))


def _is_own_list(user: Any, key: str) -> bool:
    return key in {str(user.pk), "shared"}


def _list(user: Any, key: str) -> dict[str, Any]:
    owner = None if key == "shared" else user
    jobs = Job.objects.visible_to(user).filter(owner=owner)[:RECENT]
    return {"jobs": [state(job) for job in jobs]}
