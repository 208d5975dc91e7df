"""Where a job runs: in the worker that was told of it, or beside it.

The one-process desk lends heavy jobs to a child process, so that what they load does
not stay. Workers of their own process run everything themselves.
"""

from collections.abc import Callable

from apps.common.jobs.registry import handler_of
from apps.common.jobs.runner import run
from apps.common.models import Job

Aside = Callable[[int], None]

_aside: Aside | None = None


def set_aside(aside: Aside | None) -> None:
    """Give heavy jobs to ``aside``, which returns when the job is over; None: here."""
    global _aside
    _aside = aside


def run_somewhere(job_id: int) -> None:
    """Do the job if it is there to be done; a repeated hint does nothing."""
    if _aside is not None and _is_heavy(job_id):
        _aside(job_id)
    else:
        run(job_id)


def _is_heavy(job_id: int) -> bool:
    kind = Job.objects.claimable().filter(pk=job_id).values_list("kind", flat=True)
    return any(handler_of(name).is_heavy for name in kind)
