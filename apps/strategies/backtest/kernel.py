"""The compiled engine: bars and signals in, trades and the equity curve out.

The rules are DESIGN.md's; ``twin.py`` says the same slowly, and gives the same bits.
``terms`` is one record of ``records.TERMS``, because a tuple would be copied at each
call; ``state`` is one of ``records.STATE``, changed in place.
"""

import numpy as np

from apps.markets.candles.bars import Floats, Times
from apps.strategies.authoring.signals import Bools
from apps.strategies.backtest.compiled import compiled
from apps.strategies.backtest.records import GO_LONG, GO_SHORT, LEAVE, Record, Records
from apps.strategies.backtest.terms import (
    BY_LIQUIDATION,
    BY_SIGNAL,
    BY_STOP,
    BY_TARGET,
    BY_TRAIL,
    LONG,
    NO_CASH,
    SHORT,
    STOPPED_FIRST,
    TOO_SMALL,
    UNDER_MINIMUM,
)


@compiled
def simulate_nb(
    terms: Record,
    time_ms: Times,
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    enter_long: Bools,
    exit_long: Bools,
    enter_short: Bools,
    exit_short: Bools,
    state: Record,
    trades: Records,
    refusals: Records,
    equity: Floats,
) -> None:
    """Walk the bars once. All arrays have shape ``(n_bars,)``, oldest first.

    ``trades`` and ``refusals`` need room for one row per entry signal; ``state`` holds
    the counts afterwards. ``equity`` is filled with the value at each bar's close.
    """
    has_levels = terms.stop_loss > 0 or terms.take_profit > 0 or terms.trailing_stop > 0
    bar = 0
    while bar < len(close):
        # Stretches on which nothing can happen are walked by tight loops.
        if state.pending == 0:
            if state.side == 0:
                bar = _wait_nb(bar, state, enter_long, enter_short, equity)
            elif state.side == LONG and not has_levels:
                bar = _hold_nb(bar, state, high, low, close, exit_long, equity)
            elif not has_levels:
                bar = _hold_nb(bar, state, high, low, close, exit_short, equity)
            if bar == len(close):
                break
        # After the close was marked, so that a fill at the last one never happens.
        if terms.fill_at_close and state.pending != 0:
            _market_nb(bar - 1, close[bar - 1], terms, state, trades, refusals)
        _inside_nb(
            bar,
            open_[bar],
            high[bar],
            low[bar],
            terms,
            state,
            trades,
            refusals,
        )
        if state.halted_index < 0:
            state.signal_close = close[bar]
            state.pending = _decide_nb(
                state.side,
                enter_long[bar],
                exit_long[bar],
                enter_short[bar],
                exit_short[bar],
            )
        equity[bar] = _mark_nb(bar, close[bar], terms, state, trades)
        bar += 1
    state.held_value += state.quantity * state.closes
    # All at once at the end: inside the walk each would wait for memory by itself.
    for i in range(state.trades):
        trades[i].entry_ms = time_ms[trades[i].entry_index]
        trades[i].exit_ms = time_ms[trades[i].exit_index]
    for i in range(state.refusals):
        refusals[i].time_ms = time_ms[refusals[i].index]


@compiled
def _wait_nb(
    start: int, state: Record, enter_long: Bools, enter_short: Bools, equity: Floats
) -> int:
    """Flat and nothing due: on to the next entry signal, or the end."""
    cash = state.cash
    halted = state.halted_index >= 0
    # Never negative, which the compiler can only know when told: half the time.
    for bar in range(max(start, 0), len(equity)):
        if (enter_long[bar] | enter_short[bar]) and not halted:
            return bar
        equity[bar] = cash
    return len(equity)


@compiled
def _hold_nb(
    start: int,
    state: Record,
    high: Floats,
    low: Floats,
    close: Floats,
    leave: Bools,
    equity: Floats,
) -> int:
    """In a position without levels: on to its exit signal, its ruin, or the end."""
    cash = state.cash
    units = state.side * state.quantity
    highest, lowest, closes = state.highest, state.lowest, state.closes
    stop = len(close)
    for bar in range(max(start, 0), len(close)):
        value = cash + units * close[bar]
        if leave[bar] or value <= 0:
            stop = bar
            break
        equity[bar] = value
        # Selections, not branches: a trend makes new extremes too often to predict.
        highest = high[bar] if high[bar] > highest else highest
        lowest = low[bar] if low[bar] < lowest else lowest
        closes += close[bar]
    state.highest, state.lowest, state.closes = highest, lowest, closes
    return stop


@compiled
def _inside_nb(
    bar: int,
    open_: float,
    high: float,
    low: float,
    terms: Record,
    state: Record,
    trades: Records,
    refusals: Records,
) -> None:
    """The bar before its close: market orders due, then stop, then target."""
    if terms.stop_first and state.pending != 0 and state.side != 0:
        _levels_nb(bar, open_, high, low, terms, state, trades)
        if state.side == 0:
            if state.pending != LEAVE:
                side = LONG if state.pending & GO_LONG else SHORT
                _refuse_nb(bar, side, STOPPED_FIRST, 0.0, open_, state, refusals)
            state.pending = 0
    if state.pending != 0:
        _market_nb(bar, open_, terms, state, trades, refusals)
    if state.side != 0 and not (terms.levels_next_bar and state.entry_index == bar):
        _levels_nb(bar, open_, high, low, terms, state, trades)
    if state.side != 0:
        # The bar is complete: only now may its extremes move anything.
        state.highest = max(state.highest, high)
        state.lowest = min(state.lowest, low)
        if state.entry_index < bar or terms.trail_from_entry:
            if state.side == LONG:
                state.mark = max(state.mark, high)
            else:
                state.mark = min(state.mark, low)


@compiled
def _decide_nb(
    side: int, enter_long: bool, exit_long: bool, enter_short: bool, exit_short: bool
) -> int:
    """The market orders that this close's signals ask for.

    Flat: an entry, unless both sides are asked for. In a position: its exit, and the
    other side's entry with it; an entry on the same side beside an exit counts for
    nothing, and so does any entry without one.
    """
    if side == 0:
        if enter_long == enter_short:
            return 0
        return GO_LONG if enter_long else GO_SHORT
    if side == LONG:
        if not exit_long:
            return 0
        return LEAVE | GO_SHORT if enter_short and not enter_long else LEAVE
    if not exit_short:
        return 0
    return LEAVE | GO_LONG if enter_long and not enter_short else LEAVE


@compiled
def _market_nb(
    bar: int,
    price: float,
    terms: Record,
    state: Record,
    trades: Records,
    refusals: Records,
) -> None:
    """Fill what is due at ``price``: the exit first, then the entry."""
    if state.pending & LEAVE:
        _leave_nb(bar, price, True, BY_SIGNAL, terms, state, trades)
    if state.pending & (GO_LONG | GO_SHORT):
        side = LONG if state.pending & GO_LONG else SHORT
        _enter_nb(bar, price, side, terms, state, refusals)
    state.pending = 0


@compiled
def _enter_nb(
    bar: int,
    reference: float,
    side: int,
    terms: Record,
    state: Record,
    refusals: Records,
) -> None:
    price = reference * (1 + side * terms.slippage)
    if terms.fixed:
        quantity = terms.size
    else:
        quantity = state.cash * terms.size / (price * (1 + terms.fee))
    quantity = _down_to_lot_nb(quantity, terms.lot, terms.lots_per_unit)
    notional = quantity * price
    fee = notional * terms.fee
    reason = -1
    if state.cash <= 0 or (terms.fixed and notional + fee > state.cash):
        reason = NO_CASH
    elif quantity <= 0:
        reason = TOO_SMALL
    elif notional < terms.minimum_notional:
        reason = UNDER_MINIMUM
    if reason >= 0:
        _refuse_nb(bar, side, reason, quantity, price, state, refusals)
        return
    state.cash = state.cash - side * notional - fee
    state.side = side
    state.quantity = quantity
    state.entry_index = bar
    state.entry_price = price
    state.entry_fee = fee
    state.fees += fee
    state.slipped += abs(price - reference) * quantity
    state.mark = state.highest = state.lowest = price
    state.closes = 0.0
    base = state.signal_close if terms.levels_on_signal_close else price
    state.stop = state.target = 0.0
    if terms.stop_loss > 0:
        stop = base * (1 - side * terms.stop_loss)
        state.stop = _to_tick_nb(stop, terms.tick, terms.ticks_per_unit)
    if terms.take_profit > 0:
        target = base * (1 + side * terms.take_profit)
        state.target = _to_tick_nb(target, terms.tick, terms.ticks_per_unit)


@compiled
def _leave_nb(
    bar: int,
    reference: float,
    slips: bool,
    reason: int,
    terms: Record,
    state: Record,
    trades: Records,
) -> None:
    """Close the position at ``reference``, moved by slippage if it ``slips``."""
    side, quantity, entry_price = state.side, state.quantity, state.entry_price
    price = reference * (1 - side * terms.slippage) if slips else reference
    notional = quantity * price
    fee = notional * terms.fee
    state.cash = state.cash + side * notional - fee
    state.fees += fee
    state.slipped += abs(price - reference) * quantity
    state.held_value += quantity * state.closes
    highest, lowest = max(state.highest, price), min(state.lowest, price)
    profit = side * (price - entry_price) * quantity - state.entry_fee - fee
    trade = trades[state.trades]
    trade.entry_index = state.entry_index
    trade.exit_index = bar
    trade.side = side
    trade.exit_reason = reason
    trade.entry_price = entry_price
    trade.exit_price = price
    trade.quantity = quantity
    trade.fee = state.entry_fee + fee
    trade.profit = profit
    trade.profit_ratio = profit / (entry_price * quantity)
    trade.best_ratio = side * ((highest if side == LONG else lowest) / entry_price - 1)
    trade.worst_ratio = side * ((lowest if side == LONG else highest) / entry_price - 1)
    state.trades += 1
    state.side = 0
    state.quantity = 0.0
    state.closes = 0.0


@compiled
def _levels_nb(
    bar: int,
    open_: float,
    high: float,
    low: float,
    terms: Record,
    state: Record,
    trades: Records,
) -> None:
    """Stop, then target. A gap fills at the open; a stop slips, a target does not."""
    side = state.side
    stop, reason = state.stop, BY_STOP
    if terms.trailing_stop > 0:
        trail = state.mark * (1 - side * terms.trailing_stop)
        trail = _to_tick_nb(trail, terms.tick, terms.ticks_per_unit)
        if trail > 0 and (stop == 0 or side * trail > side * stop):
            stop, reason = trail, BY_TRAIL
    if side == LONG:
        if stop > 0 and low <= stop:
            price = min(open_, stop)
            _leave_nb(bar, price, True, reason, terms, state, trades)
        elif state.target > 0 and high >= state.target:
            price = max(open_, state.target)
            _leave_nb(bar, price, False, BY_TARGET, terms, state, trades)
    elif stop > 0 and high >= stop:
        price = max(open_, stop)
        _leave_nb(bar, price, True, reason, terms, state, trades)
    elif state.target > 0 and low <= state.target:
        price = min(open_, state.target)
        _leave_nb(bar, price, False, BY_TARGET, terms, state, trades)


@compiled
def _mark_nb(
    bar: int, close: float, terms: Record, state: Record, trades: Records
) -> float:
    """Equity at the close. When it is used up the position goes and trading ends."""
    value = state.cash + state.side * state.quantity * close
    if value <= 0 and state.halted_index < 0:
        if state.side != 0:
            _leave_nb(bar, close, True, BY_LIQUIDATION, terms, state, trades)
        value = state.cash
        state.pending = 0
        state.halted_index = bar
    if state.side != 0:
        state.closes += close
    return float(value)


@compiled
def _refuse_nb(
    bar: int,
    side: int,
    reason: int,
    quantity: float,
    price: float,
    state: Record,
    refusals: Records,
) -> None:
    refusal = refusals[state.refusals]
    refusal.index = bar
    refusal.side = side
    refusal.reason = reason
    refusal.quantity = quantity
    refusal.price = price
    state.refusals += 1


@compiled
def _down_to_lot_nb(quantity: float, lot: float, lots_per_unit: float) -> float:
    """Down to the lot; a quotient within 1e-12 below a whole number is that number."""
    if lot <= 0:
        return quantity
    count = np.floor(quantity / lot * (1 + 1e-12))
    return float(count / lots_per_unit if lots_per_unit > 0 else count * lot)


@compiled
def _to_tick_nb(price: float, tick: float, ticks_per_unit: float) -> float:
    """The tick nearest to a price, halves to the even one."""
    if tick <= 0:
        return price
    count = np.rint(price / tick)
    return float(count / ticks_per_unit if ticks_per_unit > 0 else count * tick)
