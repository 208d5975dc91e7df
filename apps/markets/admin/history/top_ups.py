"""Standing orders: which series are kept complete, and how it went last."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common import formats
from apps.common.admin import DeskAdmin
from apps.markets.models import TopUp
from apps.markets.services.history import stop_top_up
from apps.markets.services.history.top_ups import offer


@admin.register(TopUp)
class TopUpAdmin(DeskAdmin):
    """Made by the download form and the command line; stopped and run here."""

    list_display = (
        "shown_name",
        "timeframe",
        "shown_every",
        "is_enabled",
        "due_at",
        "shown_last",
        "error",
    )
    list_filter = ("is_enabled", "timeframe")
    list_select_related = (
        "instrument__exchange",
        "watch_list__exchange",
        "last_download__job",
    )
    search_fields = ("instrument__symbol", "watch_list__name")
    actions = ("run_selected", "stop_selected", "start_selected")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field.name for field in self.opts.fields]

    @display(description=gettext_lazy("Kept complete"), header=True)
    def shown_name(self, top_up: TopUp) -> list[str]:
        if top_up.instrument is not None:
            return [top_up.instrument.symbol, str(top_up.instrument.exchange)]
        assert top_up.watch_list is not None
        return [top_up.watch_list.name, str(top_up.watch_list.exchange)]

    @display(description=gettext_lazy("Every"), ordering="every_s")
    def shown_every(self, top_up: TopUp) -> str:
        return formats.duration(top_up.every_s * 1000)

    @display(description=gettext_lazy("Last"))
    def shown_last(self, top_up: TopUp) -> str:
        last = top_up.last_download
        return str(last.job.get_status_display()) if last else formats.MISSING

    @admin.action(description=gettext_lazy("Top up now"), permissions=["change"])
    def run_selected(self, request: HttpRequest, rows: QuerySet[TopUp]) -> None:
        for top_up in rows:
            download = offer(top_up)
            top_up.refresh_from_db()
            text = str(download) if download else top_up.error
            self.message_user(request, text)

    @admin.action(description=gettext_lazy("Stop"), permissions=["change"])
    def stop_selected(self, request: HttpRequest, rows: QuerySet[TopUp]) -> None:
        for top_up in rows:
            stop_top_up(top_up)

    @admin.action(description=gettext_lazy("Start"), permissions=["change"])
    def start_selected(self, request: HttpRequest, rows: QuerySet[TopUp]) -> None:
        rows.update(is_enabled=True)
