"""A job as pages and the API see it."""

from typing import Any

from apps.common import clock
from apps.common.jobs.registry import handler_of
from apps.common.live.publish import publish
from apps.common.models import Job


def state(job: Job) -> dict[str, Any]:
    """Status, progress (0 to 100 percent), seconds left when that can be told."""
    return {
        "id": job.pk,
        "title": job.title,
        "kind": job.kind,
        "status": job.status,
        "done": job.progress_done,
        "total": job.progress_total,
        "pct": round(job.progress_pct, 1),
        "stage": job.stage,
        "eta_s": _seconds_left(job),
        "is_cancel_requested": job.is_cancel_requested,
        "error": job.error,
        "url": handler_of(job.kind).url(job),
    }


def topics(job: Job) -> list[str]:
    """The job's own topic, and its owner's list."""
    return [f"job:{job.pk}", f"jobs:{job.owner_id or 'shared'}"]


def announce(job: Job) -> None:
    """Tell open pages how it stands."""
    data = state(job)
    for topic in topics(job):
        publish(topic, data)


def _seconds_left(job: Job) -> float | None:
    if job.is_ended or not job.started_at or not job.progress_done:
        return None
    spent_s = (clock.now() - job.started_at).total_seconds()
    left = max(job.progress_total - job.progress_done, 0)
    return round(spent_s * left / job.progress_done, 1)
