"""Long work as a row: the row is the truth, the queue only a hint."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.common.models.owned import OwnedModel, OwnedQuerySet


class JobStatus(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)


class JobQuerySet(OwnedQuerySet):
    def ended(self) -> Self:
        return self.filter(status__in=ENDED)

    def active(self) -> Self:
        return self.exclude(status__in=ENDED)

    def abandoned(self) -> Self:
        """Running by the row, but its worker has stopped renewing the lease."""
        return self.filter(status=JobStatus.RUNNING, lease_until__lt=clock.now())

    def claimable(self) -> Self:
        return self.filter(
            models.Q(status=JobStatus.QUEUED)
            | models.Q(status=JobStatus.RUNNING, lease_until__lt=clock.now())
        )


class Job(OwnedModel):
    """One piece of long work; only ``apps.common.jobs`` changes it."""

    kind = models.CharField(_("kind"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    payload = models.JSONField(_("payload"), default=dict, blank=True)
    queue = models.CharField(_("queue"), max_length=40, default="default")
    status = models.CharField(
        _("status"), max_length=12, choices=JobStatus, default=JobStatus.QUEUED
    )
    progress_done = models.BigIntegerField(_("steps done"), default=0)
    progress_total = models.BigIntegerField(_("steps in all"), default=0)
    # English, as the code has it; whoever shows it translates it. So is our own title.
    stage = models.CharField(_("stage"), max_length=120, blank=True)
    is_cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    error = models.TextField(_("error"), blank=True)
    # Of whoever asked: the error is written once, by a worker that knows no browser.
    language = models.CharField(_("language"), max_length=10, blank=True)

    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("attempts allowed"), default=5)
    # The fencing token: rises with each claim, and every write names the one it holds.
    lease_token = models.PositiveIntegerField(_("lease token"), default=0)
    lease_holder = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    hinted_at = models.DateTimeField(
        _("last offered to the queue"), null=True, blank=True
    )

    created_at = models.DateTimeField(_("created"), default=clock.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    # The stubs take the manager of an abstract base for a class variable.
    objects = JobQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "lease_until"])]

    def __str__(self) -> str:
        return self.title

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED

    @property
    def progress_pct(self) -> float:
        """0 to 100."""
        if self.status == JobStatus.DONE:
            return 100.0
        return (
            100 * self.progress_done / self.progress_total
            if self.progress_total
            else 0.0
        )
