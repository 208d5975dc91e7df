"""The Data page: which candles are stored, and how complete they are."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from apps.common import clock, formats
from apps.common.admin import DeskAdmin, ServiceOwned, permitted
from apps.common.errors import CashUpError
from apps.markets import services
from apps.markets.admin.coverage import coverage_by_day, coverage_by_year
from apps.markets.admin.forms import ImportForm
from apps.markets.errors import CorruptedChunk
from apps.markets.models import ExchangeGap, Series
from apps.markets.selectors import history
from apps.markets.services.history import ask_again
from apps.markets.services.history.top_ups import topped_up

_SOURCES = {"synthetic": "warning", "market": "info"}


@admin.register(Series)
class SeriesAdmin(ServiceOwned, DeskAdmin):
    list_display = (
        "instrument",
        "timeframe",
        "shown_source",
        "first_at",
        "last_at",
        "shown_count",
        "shown_coverage",
        "updated_at",
    )
    list_filter = ("instrument__exchange", "timeframe", "is_synthetic")
    list_select_related = ("instrument__exchange",)
    search_fields = ("instrument__symbol", "instrument__exchange__name")
    actions_list = ("download", "import_file")
    list_before_template = "admin/markets/series/_overview.html"
    change_form_outer_before_template = "admin/markets/series/_coverage.html"
    fields = (
        "instrument",
        "timeframe",
        "is_synthetic",
        "shown_note",
        "first_at",
        "last_at",
        "shown_count",
        "missing_count",
        "shown_coverage",
        "data_hash",
        "updated_at",
    )
    readonly_fields = (
        "shown_note",
        "first_at",
        "last_at",
        "shown_count",
        "shown_coverage",
    )

    @display(
        description=gettext_lazy("source"), label=_SOURCES, ordering="is_synthetic"
    )
    def shown_source(self, series: Series) -> tuple[str, Any]:
        if series.is_synthetic:
            return "synthetic", _("Synthetic")
        return "market", _("Market")

    @display(description=gettext_lazy("note"))
    def shown_note(self, series: Series) -> str:
        return series.shown_note

    @display(description=gettext_lazy("first candle"), ordering="first_ms")
    def first_at(self, series: Series) -> str:
        return _moment(series.first_ms)

    @display(description=gettext_lazy("last candle"), ordering="last_ms")
    def last_at(self, series: Series) -> str:
        return _moment(series.last_ms)

    @display(description=gettext_lazy("candles"), ordering="bar_count")
    def shown_count(self, series: Series) -> str:
        return formats.count(series.bar_count)

    @display(description=gettext_lazy("coverage"))
    def shown_coverage(self, series: Series) -> str:
        # Cut, not rounded: one missing minute of a year must not read as 100 %.
        return formats.percent(int(series.coverage_ratio * 10_000) / 10_000, digits=2)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        series = self.get_object(request, object_id)
        context = {**(extra_context or {}), **_completeness(request, series)}
        return super().change_view(request, object_id, form_url, context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        downloads = history.recent_downloads(request.user)
        context = {
            **(extra_context or {}),
            "downloads": [(one, history.job_state(one)) for one in downloads],
            "disk": history.disk_use(),
            "gaps": history.gap_totals(),
        }
        return super().changelist_view(request, context)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        asking = permitted(ask_gap_again, self.has_download_permission)
        own = path("gaps/<int:pk>/again/", wrap(asking), name="gap_ask_again")
        return [own, *super().get_urls()]

    def has_download_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("markets.add_download")

    @action(
        description=gettext_lazy("Download…"),
        url_path="download",
        permissions=["download"],
    )
    def download(self, request: HttpRequest) -> HttpResponse:
        """The form stands with the downloads."""
        return redirect("admin:markets_download_add")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("markets.add_series")

    @action(
        description=gettext_lazy("Import…"), url_path="import", permissions=["import"]
    )
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """A file becomes candles; what is wrong stands beside its field."""
        posted = request.method == "POST"
        form = ImportForm(request.POST, request.FILES) if posted else ImportForm()
        if form.is_valid():
            try:
                return self._imported(request, form.run())
            except CashUpError as error:
                form.blame(error)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("Import candles"),
            "form": form,
        }
        return render(request, "admin/markets/series/import.html", context)

    def _imported(self, request: HttpRequest, done: services.Imported) -> HttpResponse:
        text = _(
            "Imported %(count)s candles of %(series)s (times read as %(form)s; "
            "%(missing)s missing)."
        )
        figures = {
            "count": formats.count(len(done.file.bars)),
            "series": done.series,
            "form": done.file.time_form,
            "missing": formats.count(done.file.missing_count),
        }
        self.message_user(request, text % figures, messages.SUCCESS)
        return redirect(reverse("admin:markets_series_change", args=[done.series.pk]))


@require_POST
def ask_gap_again(request: HttpRequest, pk: int) -> HttpResponse:
    """What the exchange lacked the last time may be there by now."""
    rows = ExchangeGap.objects.select_related("series__instrument__exchange")
    gap = get_object_or_404(rows, pk=pk)
    try:
        download = ask_again(gap, owner=request.user)
    except CashUpError as error:
        messages.error(request, str(error))
        return redirect("admin:markets_series_change", gap.series_id)
    return redirect("admin:markets_download_change", download.pk)


def _completeness(request: HttpRequest, series: Series | None) -> dict[str, Any]:
    """The calendar by month, by day for the month asked for, and the gaps."""
    if series is None:
        return {}
    try:
        gaps = history.gaps_of(series)
        month = request.GET.get("month", "").replace("-", "")
        is_month = len(month) == 6 and month.isdigit() and 1 <= int(month[4:]) <= 12
        days = coverage_by_day(series, int(month)) if is_month else []
    except CorruptedChunk as error:
        return {"coverage_years": coverage_by_year(series), "problem": str(error)}
    return {
        "coverage_years": coverage_by_year(series),
        "coverage_days": days,
        "coverage_month": request.GET.get("month", ""),
        "gaps": gaps,
        "top_up": topped_up(series),
    }


def _moment(time_ms: int | None) -> str:
    if time_ms is None:
        return formats.MISSING
    return f"{clock.from_ms(time_ms):%Y-%m-%d %H:%M} UTC"
