"""A backtest's report, while it runs and when it is done."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common import clock, jobs
from apps.markets.candles.store import read_bars
from apps.strategies import artefacts
from apps.strategies.charts import grouped
from apps.strategies.models import Backtest
from apps.strategies.selectors import reports

TABS = ("summary", "trades", "rules")
TRADES_A_PAGE = 50
RECENT_TRADES = 8


def report(
    request: HttpRequest, object_id: str, context: dict[str, Any]
) -> HttpResponse:
    """One page for every state: waiting, running, failed, cancelled, done."""
    backtest = visible(request, object_id)
    instrument = backtest.series.instrument
    context |= {
        "title": f"{backtest.version.strategy.title} · {instrument.symbol}",
        "opts": Backtest._meta,
        "backtest": backtest,
        "instrument": instrument,
        "exchange": instrument.exchange,
        "strategy": backtest.version.strategy,
        "job": backtest.job,
        "job_state": jobs.state(backtest.job),
        "rules": reports.rules_in_force(backtest),
        "pinned": _pinned(backtest),
        "tab": _tab(request),
    }
    if backtest.is_done:
        context |= _answer(request, backtest)
    return TemplateResponse(request, "admin/strategies/backtest/report.html", context)


def candles(request: HttpRequest, pk: int) -> HttpResponse:
    """Candles and markers between ``from_ms`` and ``to_ms``, joined to fit a screen."""
    backtest = visible(request, str(pk))
    start = _number(request, "from_ms") or backtest.pinned.get("first_ms")
    end = _number(request, "to_ms") or backtest.pinned.get("last_ms", 0) + 1
    bars = read_bars(backtest.series, start, end)
    step, rows = grouped(bars)
    return JsonResponse(
        {"candles": rows, "bars_each": step, "markers": _markers(backtest, start, end)}
    )


def visible(request: HttpRequest, object_id: str) -> Backtest:
    """The backtest, or 404 when it does not exist for this person."""
    rows = Backtest.objects.visible_to(request.user).with_names()
    number = object_id if object_id.isdigit() else "0"
    backtest: Backtest = get_object_or_404(rows, pk=number)
    return backtest


def _answer(request: HttpRequest, backtest: Backtest) -> dict[str, Any]:
    ordering = request.GET.get("o", "-entry_ms")
    table = reports.trades(backtest, ordering)
    per_page = TRADES_A_PAGE if _tab(request) == "trades" else RECENT_TRADES
    page = Paginator(range(len(table)), per_page).get_page(request.GET.get("page"))
    rows = table.slice(page.start_index() - 1, len(page)) if len(page) else table
    return {
        "tiles": reports.figure_rows(backtest, reports.TILES),
        "figures": reports.figure_rows(backtest),
        "curve": reports.curve(backtest),
        "months": reports.months(backtest),
        "trade_returns": table["profit_ratio"].to_pylist(),
        "excursions": reports.excursions(table),
        "page": page,
        "trades": reports.trade_rows(rows),
        "ordering": ordering,
        "sortable": reports.SORTABLE,
        "warnings": reports.warnings(backtest),
        "candles_url": reverse("admin:backtest_candles", args=[backtest.pk]),
        "csv_url": reverse("admin:backtest_trades", args=[backtest.pk, "csv"]),
        "parquet_url": reverse("admin:backtest_trades", args=[backtest.pk, "parquet"]),
    }


def _markers(backtest: Backtest, start: int, end: int) -> list[dict[str, Any]]:
    if not backtest.artefact:
        return []
    return [
        trade
        for trade in artefacts.read(backtest.artefact, "trades").to_pylist()
        if trade["exit_ms"] >= start and trade["entry_ms"] < end
    ]


def _pinned(backtest: Backtest) -> list[tuple[str, Any]]:
    pinned = backtest.pinned
    strategy = backtest.version.strategy
    parameters = ", ".join(f"{k} {v}" for k, v in backtest.parameters.items())
    rows = [
        (_("Source"), f"{strategy.name} · {backtest.version.source_hash[:8]}"),
        (_("Parameters"), parameters or "–"),
        (_("Asked for by"), str(backtest.owner or _("everybody (demo)"))),
        (_("Asked for, UTC"), f"{backtest.created_at:%Y-%m-%d %H:%M:%S}"),
    ]
    if not pinned:
        return rows
    return [
        *rows,
        (_("Candles"), f"{backtest.series.label} · {pinned['data_hash'][:8]}"),
        (_("Bars"), f"{pinned['bars']:,}"),
        (_("First bar, UTC"), clock.iso(pinned["first_ms"])),
        (_("Last bar, UTC"), clock.iso(pinned["last_ms"])),
        (_("Engine"), pinned["engine_version"]),
        (_("Worker"), pinned["worker"]),
        (_("Took"), f"{backtest.duration_s:.2f} s"),
    ]


def _tab(request: HttpRequest) -> str:
    tab = request.GET.get("tab", "")
    return tab if tab in TABS else TABS[0]


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdigit() and len(text) < 16 else None
