"""Operations: what runs, what ran, who is alive, what is due."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat import admin as beat_admin
from django_celery_beat import models as beat
from unfold.decorators import display

from apps.common import clock
from apps.common.admin import DeskAdmin, OwnedAdmin, ServiceOwned
from apps.common.errors import Conflict
from apps.common.jobs import request_cancel
from apps.common.models import Heartbeat, Job, OutboxEvent

STATUS_COLOURS = {
    "queued": "info",
    "running": "info",
    "done": "success",
    "failed": "danger",
    "cancelled": "warning",
}
SILENT_AFTER_S = 30


@admin.register(Job)
class JobAdmin(ServiceOwned, OwnedAdmin):
    list_display = (
        "shown_title",
        "shown_status",
        "shown_progress",
        "attempts",
        "created_at",
        "finished_at",
        "owner",
    )
    list_filter = ("status", "kind")
    list_select_related = ("owner",)
    search_fields = ("title",)
    actions = ("cancel_selected",)

    @display(description=gettext_lazy("title"), ordering="title")
    def shown_title(self, job: Job) -> str:
        return _(job.title)

    @display(
        description=gettext_lazy("Status"), label=STATUS_COLOURS, ordering="status"
    )
    def shown_status(self, job: Job) -> tuple[str, Any]:
        return job.status, job.get_status_display()

    @display(description=gettext_lazy("Progress"))
    def shown_progress(self, job: Job) -> str:
        return f"{job.progress_pct:.0f} %"

    @admin.action(description=gettext_lazy("Cancel"), permissions=["view"])
    def cancel_selected(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs.editable_by(request.user):  # type: ignore[attr-defined]
            try:
                request_cancel(job)
            except Conflict as error:
                self.message_user(request, str(error), messages.WARNING)
            else:
                text = _("%(job)s stops at its next step.") % {"job": _(job.title)}
                self.message_user(request, text)


@admin.register(Heartbeat)
class HeartbeatAdmin(ServiceOwned, DeskAdmin):
    list_display = ("name", "kind", "shown_state", "version", "started_at", "beat_at")
    list_filter = ("kind",)

    @display(
        description=gettext_lazy("State"),
        label={"alive": "success", "silent": "danger"},
    )
    def shown_state(self, process: Heartbeat) -> tuple[str, str]:
        silent_s = (clock.now() - process.beat_at).total_seconds()
        if silent_s < SILENT_AFTER_S:
            return "alive", _("Alive")
        return "silent", _("Silent")


@admin.register(OutboxEvent)
class OutboxEventAdmin(ServiceOwned, DeskAdmin):
    list_display = (
        "event",
        "created_at",
        "delivered_at",
        "attempts",
        "is_dead",
        "error",
    )
    list_filter = ("is_dead",)


def _in_the_desks_look(model: Any, original: type[admin.ModelAdmin]) -> None:
    admin.site.unregister(model)
    admin.site.register(model, type(original.__name__, (DeskAdmin, original), {}))


_in_the_desks_look(beat.PeriodicTask, beat_admin.PeriodicTaskAdmin)
_in_the_desks_look(beat.IntervalSchedule, beat_admin.IntervalScheduleAdmin)
_in_the_desks_look(beat.CrontabSchedule, beat_admin.CrontabScheduleAdmin)
for _unused in (beat.SolarSchedule, beat.ClockedSchedule):
    admin.site.unregister(_unused)
