"""One attempt at one job, from the hint to its end."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from apps.common.errors import CashUpError
from apps.common.jobs.context import JobCancelled, JobContext, JobInterrupted
from apps.common.jobs.registry import handler_of
from apps.common.jobs.services import claim
from apps.common.leases import LeaseLost
from apps.common.memory import give_back
from apps.common.models import Job
from apps.common.models.jobs import JobStatus

logger = logging.getLogger(__name__)


def run(job_id: int, on_progress: Callable[[Job], None] = lambda job: None) -> None:
    """Do the job if it is there to be done; a repeated hint does nothing."""
    job = claim(job_id)
    if job is None:
        return
    context = JobContext(job, on_progress)
    logger.info("job.started", extra=_facts(context))
    language = job.language or settings.LANGUAGE_CODE
    with context.kept_alive(), translation.override(language):
        try:
            _attempt(context)
        except LeaseLost:
            logger.warning("job.lease_lost", extra=_facts(context))
            return
        finally:
            give_back()
    logger.info("job.ended", extra=_facts(context))


def _attempt(context: JobContext) -> None:
    job = context.job
    try:
        if job.attempts > job.max_attempts:
            context.end(JobStatus.FAILED, _gave_up(job.max_attempts))
            return
        if job.is_cancel_requested:
            raise JobCancelled
        handler_of(job.kind).run(context)
        if job.status == JobStatus.RUNNING:
            with context.finishing():
                pass
    except JobCancelled:
        context.end(JobStatus.CANCELLED)
    except JobInterrupted:
        context.put_back()
    except LeaseLost:
        raise
    except CashUpError as error:
        context.end(JobStatus.FAILED, str(error))
    except (OperationalError, InterfaceError):
        # The database went away: say no more, the lease runs out and another tries.
        logger.exception("job.database_lost", extra=_facts(context))
    except Exception:
        logger.exception("job.failed", extra=_facts(context))
        context.end(JobStatus.FAILED, _unexpected(job.pk))


def _gave_up(attempts: int) -> str:
    return _(
        "Given up after %(attempts)s attempts: its worker died each time. "
        "See the worker's log, then run it again."
    ) % {"attempts": attempts}


def _unexpected(job_id: int) -> str:
    return _(
        "An unexpected error stopped this job. The log names it under job %(job)s."
    ) % {"job": job_id}


def _facts(context: JobContext) -> dict[str, object]:
    job = context.job
    return {
        "job_id": job.pk,
        "kind": job.kind,
        "status": str(job.status),
        "attempt": job.attempts,
        "lease_token": job.lease_token,
    }
