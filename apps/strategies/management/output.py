"""How the command line shows a backtest."""

from typing import Any

from rich.console import Console
from rich.table import Table

from apps.common import clock
from apps.strategies.backtest.figure_table import FIGURES

DAY_MS = 86_400_000
SHOWN_TRADES = 10


def table(answer: dict[str, Any], out: Any) -> None:
    """Figures beside buy and hold, then the last trades, as text of 100 columns."""
    console = Console(file=out, width=100, highlight=False)
    console.print(answer["title"], style="bold")
    console.print(_figures(answer["figures"]))
    trades = answer["trades"][-SHOWN_TRADES:]
    if trades:
        console.print(_trades(trades, len(answer["trades"])))
    if refused := len(answer["refusals"]):
        console.print(f"{refused} orders refused by the instrument's rules.")
    if url := answer.get("url"):
        console.print(f"Report: {url}")


def _figures(figures: dict[str, Any]) -> Table:
    shown = Table("Figure", box=None, pad_edge=False)
    shown.add_column("Strategy", justify="right")
    shown.add_column("Buy and hold", justify="right")
    hold = figures["buy_and_hold"]
    for figure in FIGURES:
        values = (figures[figure.key], hold.get(figure.key))
        shown.add_row(figure.label, *(_text(value, figure.unit) for value in values))
    return shown


def _trades(trades: list[dict[str, Any]], total: int) -> Table:
    columns = ("side", "quantity", "entry_price", "exit_price", "fee", "profit")
    shown = Table(box=None, title=f"Last {len(trades)} of {total} trades")
    for head in ("Entry, UTC", "Exit, UTC"):
        shown.add_column(head, no_wrap=True)
    for name in columns:
        shown.add_column(name.replace("_", " ").capitalize(), justify="right")
    shown.add_column("Exit by")
    for trade in trades:
        values = [trade["side"], *(f"{trade[name]:,.6g}" for name in columns[1:])]
        reason = trade["exit_reason"].replace("_", " ")
        shown.add_row(
            _time(trade["entry_ms"]), _time(trade["exit_ms"]), *values, reason
        )
    return shown


def _time(ms: int) -> str:
    return f"{clock.from_ms(ms):%Y-%m-%d %H:%M}"


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    match unit:
        case "percent":
            return f"{value * 100:,.2f} %"
        case "money":
            return f"{value:,.2f}"
        case "duration":
            return f"{value / DAY_MS:,.1f} d"
        case "count":
            return f"{value:,.0f}"
    return f"{value:,.2f}"
