"""The Exchanges page: does each answer, is its clock right, what is it asked to do."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from apps.common import formats, jobs
from apps.common.admin import DeskAdmin
from apps.common.errors import Conflict
from apps.common.models import Job
from apps.markets import back_room
from apps.markets.admin.exchange_form import ExchangeForm
from apps.markets.models import Exchange
from apps.markets.selectors import exchanges as looks
from apps.markets.services import exchanges

_COLOURS: Final = {
    "good": "success",
    "info": "info",
    "warn": "warning",
    "crit": "danger",
}
Enqueue = Callable[..., Job]


@admin.register(Exchange)
class ExchangeAdmin(DeskAdmin):
    form = ExchangeForm
    fields = exchanges.SETTINGS
    list_display = (
        "name",
        "code",
        "shown_state",
        "shown_clock",
        "shown_trip",
        "shown_budget",
        "shown_instruments",
        "instruments_synced_at",
        "shown_error",
    )
    list_filter = ("state", "is_enabled", "is_simulator")
    search_fields = ("name", "code", "ccxt_id")
    actions = ("check_selected", "sync_selected")
    list_before_template = "admin/markets/exchange/_warnings.html"
    change_form_outer_before_template = "admin/markets/exchange/_state.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exchange]:
        rows: QuerySet[Exchange] = super().get_queryset(request)
        # Asked once for all rows, not once for each.
        simulator_url = Value(back_room.address() or "")
        return rows.annotate(
            instrument_count=Count("instruments"), simulator_url=simulator_url
        )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Exchange | None = None
    ) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("code", "ccxt_id") if obj.instruments_synced_at else ("code",)

    @display(description=gettext_lazy("state"), label=_COLOURS, ordering="state")
    def shown_state(self, exchange: Exchange) -> tuple[str, str]:
        seen = looks.health(exchange)
        return seen.level, seen.word

    @display(description=gettext_lazy("clock"), ordering="clock_offset_ms")
    def shown_clock(self, exchange: Exchange) -> str:
        return looks.clock_sentence(exchange) or formats.MISSING

    @display(description=gettext_lazy("round trip"), ordering="round_trip_ms")
    def shown_trip(self, exchange: Exchange) -> str:
        if exchange.round_trip_ms is None:
            return formats.MISSING
        return f"{formats.count(exchange.round_trip_ms)}{formats.NBSP}ms"

    @display(description=gettext_lazy("budget used"))
    def shown_budget(self, exchange: Exchange) -> str:
        use = looks.budget_use(exchange, getattr(exchange, "simulator_url", None))
        if use is None:
            return formats.MISSING
        if use.until_ms is not None:
            return _("shut out until %(time)s") % {"time": formats.time(use.until_ms)}
        return formats.percent(max((g.used_ratio for g in use.groups), default=0))

    @display(description=gettext_lazy("instruments"), ordering="instrument_count")
    def shown_instruments(self, exchange: Exchange) -> str:
        return formats.count(getattr(exchange, "instrument_count", 0))

    @display(description=gettext_lazy("last error"), ordering="last_error_at")
    def shown_error(self, exchange: Exchange) -> str:
        return exchange.last_error[:80] or formats.MISSING

    # Pages

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        enabled = Exchange.objects.enabled()
        seen = [(exchange, looks.health(exchange)) for exchange in enabled]
        warnings = [pair for pair in seen if pair[1].level in {"warn", "crit"}]
        context = {**(extra_context or {}), "exchange_warnings": warnings}
        return super().changelist_view(request, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        exchange = self.get_object(request, object_id)
        context = {**(extra_context or {}), **(_seen(exchange) if exchange else {})}
        context["may_ask"] = self.has_change_permission(request)
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        def at(name: str, enqueue: Enqueue) -> URLPattern:
            view = self.admin_site.admin_view(require_POST(self._asking(enqueue)))
            return path(f"<int:pk>/{name}/", view, name=f"markets_exchange_{name}")

        return [
            at("check", exchanges.enqueue_check),
            at("synchronise", exchanges.enqueue_sync),
            *super().get_urls(),
        ]

    # Verbs

    def save_model(
        self, request: HttpRequest, obj: Exchange, form: ExchangeForm, change: bool
    ) -> None:
        given = {"actor": request.user, "is_checked": True, **form.values}
        if change:
            exchanges.change_exchange(Exchange.objects.get(pk=obj.pk), **given)
        else:
            obj.pk = exchanges.add_exchange(**given).pk

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Without the list of thousands that stand in the way."""
        kept = [one for one in objs if one.instruments.exists()]
        if not kept:
            return super().get_deleted_objects(objs, request)
        words = _("%(exchange)s: its instruments and their history")
        return [], {}, set(), [words % {"exchange": one.name} for one in kept]

    def delete_model(self, request: HttpRequest, obj: Exchange) -> None:
        exchanges.delete_exchange(obj, actor=request.user)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Exchange]
    ) -> None:
        for exchange in queryset:
            exchanges.delete_exchange(exchange, actor=request.user)

    @action(description=gettext_lazy("Check now"), permissions=["change"])
    def check_selected(
        self, request: HttpRequest, queryset: QuerySet[Exchange]
    ) -> None:
        self._enqueue(request, queryset, exchanges.enqueue_check)

    @action(description=gettext_lazy("Synchronise instruments"), permissions=["change"])
    def sync_selected(self, request: HttpRequest, queryset: QuerySet[Exchange]) -> None:
        self._enqueue(request, queryset, exchanges.enqueue_sync)

    def _asking(self, enqueue: Enqueue) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if not self.has_change_permission(request):
                raise PermissionDenied
            exchange = get_object_or_404(Exchange, pk=pk)
            self._enqueue(request, [exchange], enqueue)
            return redirect("admin:markets_exchange_change", pk)

        return view

    def _enqueue(
        self, request: HttpRequest, rows: Iterable[Exchange], enqueue: Enqueue
    ) -> None:
        for exchange in rows:
            try:
                job = enqueue(exchange, owner=request.user)
            except Conflict as error:
                self.message_user(request, str(error), messages.WARNING)
            else:
                text = _("%(job)s is in line: %(exchange)s.")
                facts = {"job": _(job.title), "exchange": exchange.name}
                self.message_user(request, text % facts, messages.SUCCESS)


def _seen(exchange: Exchange) -> dict[str, Any]:
    """What the change page shows above the form."""
    sync, use = exchange.last_sync, looks.budget_use(exchange)
    return {
        "exchange": exchange,
        "health": looks.health(exchange),
        "clock": looks.clock_sentence(exchange),
        "is_clock_off": looks.is_clock_off(exchange),
        "budget": use,
        "budget_groups": [(g, looks.duration(g.window_ms)) for g in use.groups]
        if use
        else [],
        "sync": sync,
        "sync_words": [
            (word, sync[name]) for name, word in _SYNC_WORDS if sync.get(name)
        ],
        "exchange_jobs": [jobs.state(job) for job in looks.exchange_jobs(exchange)],
    }


_SYNC_WORDS: Final = (
    ("total", gettext_lazy("On the list")),
    ("listed", gettext_lazy("New")),
    ("changed", gettext_lazy("Rules changed")),
    ("renamed", gettext_lazy("Renamed")),
    ("halted", gettext_lazy("Halted")),
    ("resumed", gettext_lazy("Resumed")),
    ("delisted", gettext_lazy("Delisted")),
    ("withheld", gettext_lazy("Missing, not believed yet")),
    ("kept_names", gettext_lazy("Kept their old name")),
    ("refused", gettext_lazy("Rows refused")),
)
