"""The Data page: which candles are stored, and how complete they are."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from apps.common import clock, formats
from apps.common.admin import DeskAdmin, ServiceOwned
from apps.common.errors import CashUpError
from apps.markets import services
from apps.markets.admin.coverage import coverage_by_year
from apps.markets.admin.forms import ImportForm
from apps.markets.models import Series

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
    actions_list = ("import_file",)
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
        years = coverage_by_year(series) if series else []
        context = {**(extra_context or {}), "coverage_years": years}
        return super().change_view(request, object_id, form_url, context)

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


def _moment(time_ms: int | None) -> str:
    if time_ms is None:
        return formats.MISSING
    return f"{clock.from_ms(time_ms):%Y-%m-%d %H:%M} UTC"
