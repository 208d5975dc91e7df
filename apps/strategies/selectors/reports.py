"""A backtest's report: figures, curves, trades, rules and what was pinned."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.models import Job
from apps.strategies import artefacts
from apps.strategies.backtest.figure_table import FIGURES
from apps.strategies.backtest.options import Options
from apps.strategies.charts import drawdown, kept_places
from apps.strategies.models import Backtest

TILES = ("net_profit", "cagr", "max_drawdown", "sharpe", "profit_factor", "trades")
SORTABLE = (
    "entry_ms",
    "exit_ms",
    "side",
    "quantity",
    "entry_price",
    "exit_price",
    "fee",
    "profit",
    "profit_ratio",
    "worst_ratio",
    "best_ratio",
    "exit_reason",
)
FEW_TRADES = 100
DIRECTED = {
    "net_profit": "profit",
    "total_return": "change",
    "cagr": "change",
    "best_trade": "change",
    "worst_trade": "change",
    "mean_trade": "change",
    "max_drawdown": "drawdown",
}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of the strategy beside the same of buy and hold."""

    key: str
    label: str
    unit: str
    definition: str
    strategy: float | None
    hold: float | None

    @property
    def kind(self) -> str:
        """How it is written: a gain or loss with its sign, a fall as one."""
        return DIRECTED.get(self.key, self.unit)


def report_url(job: Job) -> str:
    return reverse("admin:strategies_backtest_change", args=[job.backtest.pk])


def figure_rows(backtest: Backtest, keys: Iterable[str] = ()) -> list[FigureRow]:
    """All figures in the order of their table, or those asked for in that order."""
    held = backtest.hold_figures
    rows = {
        figure.key: FigureRow(
            key=figure.key,
            label=_(figure.label),
            unit=figure.unit,
            definition=_(figure.definition),
            strategy=backtest.figures.get(figure.key),
            hold=None if figure.key == "trades" else held.get(figure.key),
        )
        for figure in FIGURES
    }
    return [rows[key] for key in (keys or rows)]


def curve(backtest: Backtest) -> list[list[float]]:
    """Rows of ``[ms, equity, hold, drawdown, hold_drawdown]``, thinned for a screen."""
    table = artefacts.read(backtest.artefact, "equity")
    equity = table["equity"].to_numpy()
    hold = table["hold"].to_numpy()
    places = kept_places(equity)
    columns = (
        table["time_ms"].to_numpy(),
        equity,
        hold,
        drawdown(equity),
        drawdown(hold),
    )
    rows = zip(*(column[places].tolist() for column in columns), strict=True)
    return [[row[0], *(float(f"{value:.8g}") for value in row[1:])] for row in rows]


def trades(backtest: Backtest, ordering: str = "-entry_ms") -> pa.Table:
    """Trades in the order asked for, else newest first; numbered from 1 by entry."""
    table = artefacts.read(backtest.artefact, "trades")
    table = table.add_column(0, "number", pa.array(range(1, len(table) + 1)))
    name = ordering.lstrip("-")
    if name not in SORTABLE:
        ordering, name = "-entry_ms", "entry_ms"
    direction: Literal["ascending", "descending"] = (
        "descending" if ordering.startswith("-") else "ascending"
    )
    order = pc.sort_indices(table, sort_keys=[(name, direction), ("number", direction)])
    return table.take(order)


def trade_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows for a page, with aware times."""
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        row["entry_at"] = clock.from_ms(row["entry_ms"])
        row["exit_at"] = clock.from_ms(row["exit_ms"])
    return rows


def excursions(table: pa.Table) -> list[tuple[float, float, bool]]:
    """Per trade: worst and best point as ratios of the entry price; whether it won."""
    columns = (
        table[name].to_pylist() for name in ("worst_ratio", "best_ratio", "profit")
    )
    return [
        (worst, best, profit > 0) for worst, best, profit in zip(*columns, strict=True)
    ]


def months(backtest: Backtest) -> dict[int, list[float | None]]:
    """Return per calendar month (UTC), twelve and the year's; None without bars."""
    table = artefacts.read(backtest.artefact, "equity")
    times = table["time_ms"].to_numpy().astype("datetime64[ms]")
    labels = times.astype("datetime64[M]").astype(int)
    equity = table["equity"].to_numpy()
    last = [*(i for i in range(len(labels) - 1) if labels[i] != labels[i + 1])]
    return _by_year(labels, equity, [*last, len(labels) - 1], backtest.options["cash"])


def rules_in_force(backtest: Backtest) -> list[tuple[str, Any]]:
    """Every option with its label, as it was for this run."""
    options = Options.parameters()
    return [(_(options[name].label), backtest.options[name]) for name in options]


def warnings(backtest: Backtest) -> list[str]:
    """What to know before believing the figures."""
    found = []
    if backtest.trade_count is not None and backtest.trade_count < FEW_TRADES:
        found.append(
            _("Few trades: %(count)s. Chance may explain the result.")
            % {"count": backtest.trade_count}
        )
    if backtest.refusal_count:
        found.append(
            _("Orders refused by the exchange's rules: %(count)s.")
            % {"count": backtest.refusal_count}
        )
    if backtest.pinned.get("halted_ms"):
        found.append(_("The equity was used up; trading ended there."))
    return found


def _by_year(
    labels: Any, equity: Any, last: list[int], cash: float
) -> dict[int, list[float | None]]:
    years: dict[int, list[float | None]] = {}
    opening: dict[int, float] = {}
    before = cash
    for place in last:
        year, month = divmod(int(labels[place]), 12)
        row = years.setdefault(1970 + year, [None] * 13)
        opening.setdefault(1970 + year, before)
        row[month] = float(equity[place] / before - 1)
        before = float(equity[place])
        row[12] = before / opening[1970 + year] - 1
    return years
