"""The door of the backtest engine: a strategy and bars in, a ``Result`` out."""

from collections.abc import Callable
from typing import Final

import numpy as np

from apps.markets.candles.bars import Bars
from apps.markets.candles.timeframes import timeframe_ms
from apps.strategies.authoring.evaluation import signals_of
from apps.strategies.authoring.signals import Bools, Signals
from apps.strategies.authoring.strategy import Strategy
from apps.strategies.backtest import stepping
from apps.strategies.backtest.account import Account
from apps.strategies.backtest.checks import checked_bars, checked_signals
from apps.strategies.backtest.figures import Ledger, curve_of, day_ends_of, figures_of
from apps.strategies.backtest.heap import keep_freed_arrays
from apps.strategies.backtest.hold import hold_of
from apps.strategies.backtest.kernel import simulate_nb
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.records import REFUSAL, STATE, TERMS, TRADE
from apps.strategies.backtest.result import OpenPosition, Result, side_name
from apps.strategies.backtest.rules import InstrumentRules
from apps.strategies.backtest.terms import Terms, terms_of

# Changes when the same inputs may give another result; pinned by every backtest.
ENGINE_VERSION: Final = "1.0.0"

Report = Callable[[int, int], None]


def run(
    strategy: Strategy,
    bars: Bars,
    *,
    options: Options,
    rules: InstrumentRules | None = None,
    report: Report | None = None,
    twin: bool = False,
) -> Result:
    """Backtest ``strategy`` over ``bars``.

    ``report(done, total)`` is called in bars: at least 200 times while an ``on_bar``
    strategy is walked (at every bar when there are fewer), at the borders of the stages
    otherwise. What it raises ends the run and passes through, which is how a run is
    cancelled. ``twin`` takes the plain Python engine for arrays of signals too.
    Raises InvalidInput for bars, signals or levels that break a rule.
    """
    report = report or _silent
    keep_freed_arrays()
    bars = checked_bars(bars)
    report(0, len(bars))
    if strategy.decides_by_bar():
        terms = terms_of(options, rules or InstrumentRules(), strategy.levels)
        account = stepping.walk(strategy, bars, terms, report)
        return _result(bars, options, rules or InstrumentRules(), terms, account)
    signals = signals_of(strategy, bars)
    report(len(bars) // 2, len(bars))
    result = _simulate(bars, signals, options, rules or InstrumentRules(), twin)
    report(len(bars), len(bars))
    return result


def simulate(
    bars: Bars,
    signals: Signals,
    options: Options,
    rules: InstrumentRules | None = None,
    *,
    twin: bool = False,
) -> Result:
    """Backtest recorded ``signals``. Raises InvalidInput as ``run`` does."""
    bars = checked_bars(bars)
    return _simulate(bars, signals, options, rules or InstrumentRules(), twin)


def _simulate(
    bars: Bars, signals: Signals, options: Options, rules: InstrumentRules, twin: bool
) -> Result:
    arrays = checked_signals(signals, len(bars))
    terms = terms_of(options, rules, signals.levels)
    walk = stepping.walk_signals if twin else _walk_compiled
    account = walk(bars, arrays, terms)
    return _result(bars, options, rules, terms, account)


def _walk_compiled(
    bars: Bars, signals: tuple[Bools, Bools, Bools, Bools], terms: Terms
) -> Account:
    # Each trade and each refusal needs an entry signal; untouched rows cost no memory.
    room = int(np.count_nonzero(signals[0]) + np.count_nonzero(signals[2]))
    state = np.zeros(1, dtype=STATE)
    state["cash"], state["halted_index"] = terms.cash, -1
    trades, refusals = np.empty(room, dtype=TRADE), np.empty(room, dtype=REFUSAL)
    equity = np.empty(len(bars))
    simulate_nb(
        np.array([tuple(terms)], dtype=TERMS)[0],
        bars.time_ms,
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        *signals,
        state[0],
        trades,
        refusals,
        equity,
    )
    return Account.from_state(state, trades, refusals, equity)


def _result(
    bars: Bars, options: Options, rules: InstrumentRules, terms: Terms, account: Account
) -> Result:
    bar_ms = timeframe_ms(bars.timeframe)
    ledger = Ledger(
        account.fees, account.slippage, account.held_value, _bars_held(account, terms)
    )
    day_ends = day_ends_of(bars.time_ms, bar_ms)
    curve = curve_of(bars.time_ms, day_ends, account.equity, terms.cash, 0, 0.0, 1.0)
    hold, hold_figures = hold_of(bars, bar_ms, day_ends, terms)
    return Result(
        engine_version=ENGINE_VERSION,
        options=options,
        rules=rules,
        trades=account.trades,
        equity=account.equity,
        open_position=_open_position(bars, account),
        final_equity=float(account.equity[-1]),
        refusals=account.refusals,
        halted_ms=None
        if account.halted_index < 0
        else int(bars.time_ms[account.halted_index]),
        figures=figures_of(bars, bar_ms, terms.cash, curve, account.trades, ledger),
        hold=hold,
        hold_figures=hold_figures,
    )


def _bars_held(account: Account, terms: Terms) -> int:
    """Closes at which a position was held; one filled at a close is not there yet."""
    trades = account.trades
    closed = int((trades["exit_index"] - trades["entry_index"]).sum())
    first = account.entry_index + terms.fill_at_close
    return closed + (len(account.equity) - first if account.side else 0)


def _open_position(bars: Bars, account: Account) -> OpenPosition | None:
    if not account.side:
        return None
    gain = account.side * (float(bars.close[-1]) - account.entry_price)
    return OpenPosition(
        side=side_name(account.side),
        quantity=account.quantity,
        entry_ms=int(bars.time_ms[account.entry_index]),
        entry_price=account.entry_price,
        entry_fee=account.entry_fee,
        profit=gain * account.quantity - account.entry_fee,
    )


def _silent(done: int, total: int) -> None:
    """For callers who do not ask."""
