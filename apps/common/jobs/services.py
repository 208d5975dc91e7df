"""Putting work in line, taking it out again, and finding what was left behind."""

import logging
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import clock, knobs
from apps.common.errors import Conflict
from apps.common.identity import process_name
from apps.common.jobs.knobs import LEASE_S, OFFER_AGAIN_S
from apps.common.jobs.registry import handler_of
from apps.common.jobs.state import announce
from apps.common.models import Job
from apps.common.models.jobs import JobStatus

logger = logging.getLogger(__name__)

RUN_TASK = "jobs.run"


def enqueue(
    *,
    kind: str,
    title: str,
    payload: dict[str, Any] | None = None,
    owner: Any = None,
    is_offered: bool = True,
) -> Job:
    """Record the work in the caller's transaction; a worker hears of it after commit.

    Not offered: the caller runs it in this process; workers take it only if it dies.
    """
    job = Job.objects.create(
        kind=kind,
        title=title,
        payload=payload or {},
        owner=owner,
        queue=handler_of(kind).queue,
        language=get_language() or "",
        hinted_at=clock.now(),
    )
    if is_offered:
        transaction.on_commit(lambda: _offer(job))
    return job


def request_cancel(job: Job) -> Job:
    """Stop it: at once when it has not begun, else at its next step.

    Raises Conflict when it has already ended.
    """
    now = clock.now()
    waiting = Job.objects.filter(pk=job.pk, status=JobStatus.QUEUED)
    if not waiting.update(
        status=JobStatus.CANCELLED, is_cancel_requested=True, finished_at=now
    ):
        running = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING)
        if not running.update(is_cancel_requested=True):
            raise Conflict(_("%(job)s has already ended") % {"job": _(job.title)})
    job.refresh_from_db()
    announce(job)
    return job


def claim(job_id: int) -> Job | None:
    """Take the job if it is queued or abandoned; None when somebody else has it."""
    now = clock.now()
    with transaction.atomic():
        taken = (
            Job.objects.claimable()
            .filter(pk=job_id)
            .update(
                status=JobStatus.RUNNING,
                lease_token=F("lease_token") + 1,
                lease_holder=process_name(),
                lease_until=now + timedelta(seconds=knobs.value(LEASE_S)),
                attempts=F("attempts") + 1,
                started_at=now,
                progress_done=0,
            )
        )
        if not taken:
            return None
        job = Job.objects.get(pk=job_id)
    announce(job)
    return job


def sweep() -> int:
    """Offer again what the queue may have lost; returns how many were offered."""
    now = clock.now()
    stale = now - timedelta(seconds=knobs.value(OFFER_AGAIN_S))
    lost = Q(hinted_at__isnull=True) | Q(hinted_at__lt=stale)
    jobs = list(Job.objects.claimable().filter(lost))
    for job in jobs:
        # The condition is repeated: two sweepers offer one job once.
        if Job.objects.filter(lost, pk=job.pk).update(hinted_at=now):
            _offer(job)
    return len(jobs)


def _offer(job: Job) -> None:
    announce(job)
    try:
        current_app.send_task(RUN_TASK, args=[job.pk], queue=job.queue, retry=False)
    except current_app.connection_for_write().recoverable_connection_errors as error:
        # The row stays queued and the sweeper offers it again.
        logger.warning("job.not_offered", extra={"job_id": job.pk, "error": str(error)})
