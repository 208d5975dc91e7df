"""The engine again, in plain Python: one bar at a time, slow and obvious.

It is the reference the kernel is tested against, and the machine behind ``on_bar``
strategies, which are thereby filled by the same rules. Given the same bars and signals
it makes the same trades as the kernel, to the last bit.
"""

import math
from dataclasses import dataclass, field

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
    Terms,
)


@dataclass(slots=True)
class OpenPosition:
    """What is held: prices in quote per base, quantity in base units."""

    side: int
    quantity: float
    entry_price: float
    entry_fee: float
    entry_index: int
    entry_ms: int
    stop: float | None
    target: float | None
    mark: float
    highest: float
    lowest: float
    closes: float = 0.0


@dataclass(slots=True)
class Twin:
    """An account that is walked bar by bar: ``step``, then ``close`` with the signals.

    ``trades`` and ``refusals`` collect rows in the order of ``records.TRADE`` and
    ``records.REFUSAL``; ``equity`` one value per closed bar.
    """

    terms: Terms
    cash: float = 0.0
    position: OpenPosition | None = None
    leaving: bool = False
    entering: int = 0
    signal_close: float = 0.0
    fees: float = 0.0
    slipped: float = 0.0
    held_value: float = 0.0
    halted_index: int = -1
    index: int = -1
    time_ms: int = 0
    equity: list[float] = field(default_factory=list)
    trades: list[tuple[float, ...]] = field(default_factory=list)
    refusals: list[tuple[float, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cash = self.terms.cash

    def step(
        self, time_ms: int, open_: float, high: float, low: float, close: float
    ) -> None:
        """The next bar up to, not including, its close."""
        if self.terms.fill_at_close:
            self._fill_orders(self.signal_close)
        self.index += 1
        self.time_ms = time_ms
        if self.terms.stop_first and self.leaving:
            self._check_levels(open_, high, low)
            if self.position is None:
                self._drop_orders(open_)
        self._fill_orders(open_)
        position = self.position
        if position is None:
            return
        is_entry_bar = position.entry_index == self.index
        if not (is_entry_bar and self.terms.levels_next_bar):
            self._check_levels(open_, high, low)
        if self.position is None:
            return
        position.highest = max(position.highest, high)
        position.lowest = min(position.lowest, low)
        if not is_entry_bar or self.terms.trail_from_entry:
            if position.side == LONG:
                position.mark = max(position.mark, high)
            else:
                position.mark = min(position.mark, low)

    def close(
        self,
        close: float,
        enter_long: bool = False,
        exit_long: bool = False,
        enter_short: bool = False,
        exit_short: bool = False,
    ) -> None:
        """The bar's close, with the signals known at it."""
        if self.halted_index < 0:
            self._decide(enter_long, exit_long, enter_short, exit_short)
            self.signal_close = close
        self._mark(close)

    def finish(self) -> None:
        """After the last bar: count what is still held."""
        if self.position is not None:
            self.held_value += self.position.quantity * self.position.closes

    def _decide(
        self, enter_long: bool, exit_long: bool, enter_short: bool, exit_short: bool
    ) -> None:
        if self.position is None:
            if enter_long != enter_short:
                self.entering = LONG if enter_long else SHORT
            return
        if self.position.side == LONG:
            self.leaving = exit_long
            reverses = exit_long and enter_short and not enter_long
            self.entering = SHORT if reverses else 0
        else:
            self.leaving = exit_short
            reverses = exit_short and enter_long and not enter_short
            self.entering = LONG if reverses else 0

    def _fill_orders(self, price: float) -> None:
        if self.leaving:
            self._leave(price, slips=True, reason=BY_SIGNAL)
        if self.entering:
            self._enter(price, self.entering)
        self.leaving = False
        self.entering = 0

    def _drop_orders(self, price: float) -> None:
        """A stop that is taken to come before the open leaves nothing to reverse."""
        if self.entering:
            self._refuse(self.entering, STOPPED_FIRST, 0.0, price)
        self.leaving = False
        self.entering = 0

    def _enter(self, reference: float, side: int) -> None:
        terms = self.terms
        price = reference * (1 + side * terms.slippage)
        if terms.fixed:
            quantity = terms.size
        else:
            quantity = self.cash * terms.size / (price * (1 + terms.fee))
        quantity = _down_to_lot(quantity, terms.lot, terms.lots_per_unit)
        notional = quantity * price
        fee = notional * terms.fee
        if self.cash <= 0 or (terms.fixed and notional + fee > self.cash):
            self._refuse(side, NO_CASH, quantity, price)
        elif quantity <= 0:
            self._refuse(side, TOO_SMALL, quantity, price)
        elif notional < terms.minimum_notional:
            self._refuse(side, UNDER_MINIMUM, quantity, price)
        else:
            self.cash = self.cash - side * notional - fee
            self.fees += fee
            self.slipped += abs(price - reference) * quantity
            base = self.signal_close if terms.levels_on_signal_close else price
            self.position = OpenPosition(
                side=side,
                quantity=quantity,
                entry_price=price,
                entry_fee=fee,
                entry_index=self.index,
                entry_ms=self.time_ms,
                stop=self._level(base, -side, terms.stop_loss),
                target=self._level(base, side, terms.take_profit),
                mark=price,
                highest=price,
                lowest=price,
            )

    def _level(self, base: float, direction: int, ratio: float) -> float | None:
        """The price ``ratio`` away from ``base``, up or down, on the tick."""
        if not ratio:
            return None
        price = base * (1 + direction * ratio)
        price = _to_tick(price, self.terms.tick, self.terms.ticks_per_unit)
        return price if price > 0 else None

    def _check_levels(self, open_: float, high: float, low: float) -> None:
        position = self.position
        assert position is not None
        side = position.side
        stop, reason = position.stop, BY_STOP
        trail = self._level(position.mark, -side, self.terms.trailing_stop)
        if trail is not None and (stop is None or side * trail > side * stop):
            stop, reason = trail, BY_TRAIL
        target = position.target
        if side == LONG:
            if stop is not None and low <= stop:
                self._leave(min(open_, stop), slips=True, reason=reason)
            elif target is not None and high >= target:
                self._leave(max(open_, target), slips=False, reason=BY_TARGET)
        elif stop is not None and high >= stop:
            self._leave(max(open_, stop), slips=True, reason=reason)
        elif target is not None and low <= target:
            self._leave(min(open_, target), slips=False, reason=BY_TARGET)

    def _leave(self, reference: float, *, slips: bool, reason: int) -> None:
        position = self.position
        assert position is not None
        side, quantity, entry = position.side, position.quantity, position.entry_price
        price = reference * (1 - side * self.terms.slippage) if slips else reference
        notional = quantity * price
        fee = notional * self.terms.fee
        self.cash = self.cash + side * notional - fee
        self.fees += fee
        self.slipped += abs(price - reference) * quantity
        self.held_value += quantity * position.closes
        profit = side * (price - entry) * quantity - position.entry_fee - fee
        highest, lowest = max(position.highest, price), min(position.lowest, price)
        best, worst = (highest, lowest) if side == LONG else (lowest, highest)
        self.trades.append(
            (
                position.entry_ms,
                self.time_ms,
                position.entry_index,
                self.index,
                side,
                reason,
                entry,
                price,
                quantity,
                position.entry_fee + fee,
                profit,
                profit / (entry * quantity),
                side * (best / entry - 1),
                side * (worst / entry - 1),
            )
        )
        self.position = None

    def _mark(self, close: float) -> None:
        position = self.position
        units = position.side * position.quantity if position else 0.0
        value = self.cash + units * close
        if value <= 0 and self.halted_index < 0:
            if position is not None:
                self._leave(close, slips=True, reason=BY_LIQUIDATION)
            value = self.cash
            self.leaving = False
            self.entering = 0
            self.halted_index = self.index
        if self.position is not None:
            self.position.closes += close
        self.equity.append(value)

    def _refuse(self, side: int, reason: int, quantity: float, price: float) -> None:
        self.refusals.append((self.time_ms, self.index, side, reason, quantity, price))


def _down_to_lot(quantity: float, lot: float, lots_per_unit: float) -> float:
    if not lot:
        return quantity
    count = math.floor(quantity / lot * (1 + 1e-12))
    return count / lots_per_unit if lots_per_unit else count * lot


def _to_tick(price: float, tick: float, ticks_per_unit: float) -> float:
    if not tick:
        return price
    count = round(price / tick)
    return count / ticks_per_unit if ticks_per_unit else count * tick
