"""Walking the twin over bars, with known signals or asking a strategy at each close."""

from collections.abc import Callable, Iterator

from apps.markets.candles.bars import Bars
from apps.strategies.authoring.evaluation import begin
from apps.strategies.authoring.on_bar import Bar, Decision, Position
from apps.strategies.authoring.signals import Bools
from apps.strategies.authoring.strategy import Strategy
from apps.strategies.backtest.account import Account
from apps.strategies.backtest.result import side_name
from apps.strategies.backtest.terms import Terms
from apps.strategies.backtest.twin import Twin

REPORTS = 200
Row = tuple[int, float, float, float, float, float]

# Each decision as enter_long, exit_long, enter_short, exit_short.
_ORDERS = {
    None: (False, False, False, False),
    Decision.HOLD: (False, False, False, False),
    Decision.ENTER_LONG: (True, False, False, False),
    Decision.ENTER_SHORT: (False, False, True, False),
    Decision.EXIT: (False, True, False, True),
    Decision.REVERSE_LONG: (True, False, False, True),
    Decision.REVERSE_SHORT: (False, True, True, False),
}


def walk(
    strategy: Strategy, bars: Bars, terms: Terms, report: Callable[[int, int], None]
) -> Account:
    """Ask an ``on_bar`` strategy at each close; report as ``engine.run`` promises."""
    begin(strategy, bars)
    twin, total = Twin(terms), len(bars)
    stride = max(1, total // REPORTS)
    for index, (time_ms, open_, high, low, close, volume) in enumerate(_rows(bars)):
        twin.step(time_ms, open_, high, low, close)
        bar = Bar(time_ms, open_, high, low, close, volume, index)
        decision = strategy.on_bar(bar, _position(twin, close))
        twin.close(close, *_ORDERS[decision])
        if (index + 1) % stride == 0 or index + 1 == total:
            report(index + 1, total)
    twin.finish()
    return Account.from_twin(twin)


def walk_signals(
    bars: Bars, signals: tuple[Bools, Bools, Bools, Bools], terms: Terms
) -> Account:
    """The same for signals that are known beforehand."""
    twin = Twin(terms)
    flags = zip(*(signal.tolist() for signal in signals), strict=True)
    for row, orders in zip(_rows(bars), flags, strict=True):
        time_ms, open_, high, low, close, _ = row
        twin.step(time_ms, open_, high, low, close)
        twin.close(close, *orders)
    twin.finish()
    return Account.from_twin(twin)


def _rows(bars: Bars) -> Iterator[Row]:
    """Plain Python numbers, which are several times as fast here as numpy's."""
    columns = (bars.time_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return zip(*(column.tolist() for column in columns), strict=True)


def _position(twin: Twin, close: float) -> Position:
    held = twin.position
    if held is None:
        return Position()
    # A position filled at a close has completed no bar on that bar.
    since_fill = twin.index - held.entry_index
    return Position(
        side=side_name(held.side),
        quantity=held.quantity,
        entry_price=held.entry_price,
        opened_ms=held.entry_ms,
        bars_held=since_fill if twin.terms.fill_at_close else since_fill + 1,
        profit=held.side * (close - held.entry_price) * held.quantity - held.entry_fee,
    )
