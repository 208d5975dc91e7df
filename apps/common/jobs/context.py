"""What a running job may do: report, ask whether to go on, and finish exactly once."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.common import clock, knobs
from apps.common.jobs.knobs import LEASE_S
from apps.common.jobs.state import announce
from apps.common.leases import LeaseLost
from apps.common.models import Job
from apps.common.models.jobs import JobStatus

logger = logging.getLogger(__name__)

REPORT_EVERY_S = 0.2
stopping = threading.Event()  # set when this process is asked to end


class JobCancelled(Exception):
    """Somebody asked for it to stop."""


class JobInterrupted(Exception):
    """This process is ending; the job goes back in line."""


class JobContext:
    """One attempt at one job, fenced by ``job.lease_token``."""

    def __init__(
        self, job: Job, on_progress: Callable[[Job], None] = lambda job: None
    ) -> None:
        self.job = job
        self.on_progress = on_progress
        self._is_lost = threading.Event()
        self._is_cancelled = threading.Event()
        self._reported_at = 0.0

    def report(self, done: int, total: int, stage: str = "") -> None:
        """Show progress; cheap to call often.

        Raises JobCancelled, JobInterrupted or LeaseLost: let them pass through.
        """
        self.check()
        moment = time.monotonic()
        if moment - self._reported_at < REPORT_EVERY_S and done != total:
            return
        self._reported_at = moment
        self._write(progress_done=done, progress_total=total, stage=stage)
        self._announce()

    def check(self) -> None:
        """Raise when this attempt should not go on."""
        if self._is_lost.is_set():
            raise self._lost()
        if self._is_cancelled.is_set():
            raise JobCancelled
        if stopping.is_set():
            raise JobInterrupted

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """A transaction for the results, which ends the job as done or not at all."""
        with transaction.atomic():
            job = self._mine().select_for_update().first()
            if job is None:
                raise self._lost()
            if job.is_cancel_requested:
                raise JobCancelled
            yield
            self._mine().update(
                status=JobStatus.DONE,
                stage="",
                finished_at=clock.now(),
                lease_until=None,
            )
        self.job.refresh_from_db()
        self._announce()

    def end(self, status: JobStatus, error: str = "") -> None:
        """Close it without results."""
        self._write(
            status=status, error=error, finished_at=clock.now(), lease_until=None
        )
        self._announce()

    def put_back(self) -> None:
        """Return it to the line for another worker."""
        self._write(status=JobStatus.QUEUED, lease_until=None, hinted_at=None, stage="")
        self._announce()

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Renew the lease from a thread of its own while the block works."""
        ended = threading.Event()
        thread = threading.Thread(
            target=self._renew_until,
            args=(ended,),
            name=f"job-{self.job.pk}",
            daemon=True,
        )
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _renew_until(self, ended: threading.Event) -> None:
        try:
            while not ended.wait(knobs.value(LEASE_S) / 5):
                self._renew()
        except LeaseLost:
            self._is_lost.set()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            until = clock.now() + timedelta(seconds=knobs.value(LEASE_S))
            self._write(lease_until=until)
        except LeaseLost:
            raise
        except Exception:
            # A database that is away for a moment costs a renewal, not the job.
            logger.exception("job.lease_not_renewed", extra={"job_id": self.job.pk})
            connection.close()

    def _write(self, **values: Any) -> None:
        if not self._mine().update(**values):
            raise self._lost()
        for name, value in values.items():
            setattr(self.job, name, value)
        if self._mine().filter(is_cancel_requested=True).exists():
            self.job.is_cancel_requested = True
            self._is_cancelled.set()

    def _lost(self) -> LeaseLost:
        message = _("job %(job)s was given to another worker")
        return LeaseLost(message % {"job": self.job.pk})

    def _mine(self) -> Any:
        return Job.objects.filter(
            pk=self.job.pk, lease_token=self.job.lease_token, status=JobStatus.RUNNING
        )

    def _announce(self) -> None:
        announce(self.job)
        self.on_progress(self.job)
