"""Research: strategies as they are on disk, backtests with their reports."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.common.admin import DeskAdmin, OwnedAdmin, ServiceOwned, permitted
from apps.common.formats import change, drawdown
from apps.strategies import pages
from apps.strategies.models import Backtest, Strategy
from apps.strategies.services import sync_strategies

May = Callable[[HttpRequest], bool]


@admin.register(Strategy)
class StrategyAdmin(ServiceOwned, DeskAdmin):
    list_display = (
        "shown_name",
        "shown_state",
        "summary",
        "parameter_count",
        "backtest_count",
        "source",
        "short_hash",
    )
    search_fields = ("name", "description")
    change_form_template = "admin/strategies/strategy/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Strategy]:
        rows: QuerySet[Strategy] = super().get_queryset(request)
        present = rows.filter(is_present=True)
        return present.annotate(backtests=Count("versions__backtests"))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # The list shows the files as they are now, errors included.
        sync_strategies()
        return super().changelist_view(request, *args, **kwargs)

    @display(description=_("Strategy"), ordering="name", header=True)
    def shown_name(self, strategy: Strategy) -> list[str]:
        return [strategy.title, strategy.name]

    @display(description=_("State"), label={"ready": "success", "broken": "danger"})
    def shown_state(self, strategy: Strategy) -> tuple[str, Any]:
        return (
            ("broken", _("Cannot be imported"))
            if strategy.error
            else ("ready", _("Ready"))
        )

    @display(description=_("What it does"))
    def summary(self, strategy: Strategy) -> str:
        if strategy.error:
            return f"{strategy.error['kind']}: {gettext(strategy.error['message'])}"
        return strategy.description.partition("\n")[0]

    @display(description=_("Parameters"))
    def parameter_count(self, strategy: Strategy) -> int:
        return len(strategy.parameters)

    @display(description=_("Backtests"), ordering="backtests")
    def backtest_count(self, strategy: Any) -> int:
        return int(strategy.backtests)

    @display(description=_("Source hash"))
    def short_hash(self, strategy: Strategy) -> str:
        return strategy.source_hash[:8]


@admin.register(Backtest)
class BacktestAdmin(OwnedAdmin):
    """The list is Unfold's; a new one is our form and one of them is its report."""

    list_display = (
        "shown_name",
        "shown_market",
        "shown_status",
        "shown_return",
        "shown_drawdown",
        "trade_count",
        "created_at",
    )
    list_filter = ("version__strategy", "series__timeframe", "job__status")
    search_fields = ("version__strategy__name", "series__instrument__symbol")
    list_select_related = (
        "job",
        "version__strategy",
        "series__instrument__exchange",
    )

    def get_urls(self) -> list[URLPattern]:
        adds, views = self.has_add_permission, self.has_view_permission
        own: list[tuple[str, Callable[..., HttpResponseBase], May, str]] = [
            ("parameters/", pages.parameters, adds, "backtest_parameters"),
            ("preview/", pages.preview, adds, "backtest_preview"),
            ("<int:pk>/candles/", pages.candles, views, "backtest_candles"),
            ("<int:pk>/cancel/", pages.cancel, adds, "backtest_cancel"),
            ("<int:pk>/trades.<str:kind>", pages.export, views, "backtest_trades"),
        ]
        wrap = self.admin_site.admin_view
        return [
            *(
                path(address, wrap(permitted(page, may)), name=name)
                for address, page, may, name in own
            ),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        page = permitted(pages.new, self.has_add_permission)
        return page(request, self.admin_site.each_context(request))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        page = permitted(pages.report, self.has_view_permission)
        return page(request, object_id, self.admin_site.each_context(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Backtest) -> None:
        pages.delete_or_tell(self, request, [obj])

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Backtest]
    ) -> None:
        own = queryset.editable_by(request.user)  # type: ignore[attr-defined]
        pages.delete_or_tell(self, request, own)

    @display(description=_("Strategy"), header=True, ordering="version__strategy__name")
    def shown_name(self, backtest: Backtest) -> list[str]:
        return [backtest.version.strategy.title, f"#{backtest.pk}"]

    @display(description=_("Market"), header=True)
    def shown_market(self, backtest: Backtest) -> list[str]:
        instrument = backtest.series.instrument
        return [
            f"{instrument.symbol} {backtest.series.timeframe}",
            str(instrument.exchange),
        ]

    @display(
        description=_("Status"),
        label={
            "queued": "info",
            "running": "info",
            "done": "success",
            "failed": "danger",
        },
    )
    def shown_status(self, backtest: Backtest) -> tuple[str, Any]:
        return backtest.job.status, backtest.job.get_status_display()

    @display(description=_("Return"), ordering="total_return")
    def shown_return(self, backtest: Backtest) -> str:
        return change(backtest.total_return)

    @display(description=_("Max drawdown"), ordering="max_drawdown")
    def shown_drawdown(self, backtest: Backtest) -> str:
        return drawdown(backtest.max_drawdown)
