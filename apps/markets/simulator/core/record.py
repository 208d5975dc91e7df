"""One operation at a time: its journal lines, its balance changes, its news."""

import logging
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from apps.markets.simulator.core.accounts import Account
from apps.markets.simulator.core.clock import Clock
from apps.markets.simulator.core.events import BalanceChanged, Event, OrderChanged
from apps.markets.simulator.core.journal import Journal
from apps.markets.simulator.core.lines import Line
from apps.markets.simulator.core.orders import Order
from apps.markets.simulator.core.state import State

Callback = Callable[[Event], None]
logger = logging.getLogger(__name__)


class Record:
    """Gathers what an operation does; ``commit`` hands it to journal and listeners."""

    def __init__(self, state: State, clock: Clock) -> None:
        self.state = state
        self.journal: Journal
        self.callbacks: list[Callback] = []
        self.has_fills = False  # in this operation
        self._clock = clock
        self._lines: list[Line] = []
        self._events: list[Event] = []
        self._changes: dict[tuple[str, str], list[Decimal]] = {}
        self._opened: set[tuple[str, str]] = set()
        self._outbox: deque[tuple[int, Event]] = deque()
        self._is_delivering = False

    def now_ms(self) -> int:
        """The clock's time, never running back, not even over a restart."""
        now = self._clock.now_ms()
        if now < self.state.last_ms:
            return self.state.last_ms
        self.state.last_ms = now
        return now

    def line(self, kind: str, /, **values: Any) -> None:
        # The keyword arguments are a new dict already; a copy would cost as much again.
        values["t"], values["k"] = self.state.last_ms, kind
        self._lines.append(values)

    def event(self, event: Event) -> None:
        if self.callbacks:
            self._events.append(event)

    def order_event(self, order: Order, what: Any) -> None:
        if self.callbacks:
            self._events.append(OrderChanged(order.copy(), what))

    def change(
        self, account: Account, currency: str, available: Decimal, locked: Decimal
    ) -> Decimal:
        """Add to both parts of a balance (either may be negative); the new total."""
        if currency not in account.balances:
            self._opened.add((account.id, currency))
        balance = account.balance(currency)
        balance.available += available
        balance.locked += locked
        sums = self._changes.get((account.id, currency))
        if sums is None:
            self._changes[account.id, currency] = [available, locked]
        else:
            sums[0] += available
            sums[1] += locked
        return balance.available + balance.locked

    def commit(self, why: str) -> None:
        """Close the operation: balances, journal, and the news once it is durable."""
        self._write_balances(why)
        if self._lines:
            lines, self._lines = self._lines, []
            events, self._events = self._events, []
            upto = self.journal.lines + len(lines)
            self._outbox.extend((upto, event) for event in events)
            self.journal.append(lines)
        elif self._events:
            events, self._events = self._events, []
            self._outbox.extend((self.journal.lines, event) for event in events)
            self.deliver(self.journal.durable_lines)

    def deliver(self, durable_lines: int) -> None:
        """Hand out, in order, the news whose lines are durable."""
        if self._is_delivering:
            return
        self._is_delivering = True
        try:
            while self._outbox and self._outbox[0][0] <= durable_lines:
                _, event = self._outbox.popleft()
                for callback in tuple(self.callbacks):
                    self._tell(callback, event)
        finally:
            self._is_delivering = False

    def _tell(self, callback: Callback, event: Event) -> None:
        """A listener's fault must not stop the venue, which is in mid-operation."""
        try:
            callback(event)
        except Exception:
            logger.exception("simulator.listener_failed")

    def _write_balances(self, why: str) -> None:
        if not self._changes:
            return
        changes, self._changes = self._changes, {}
        if self.has_fills:
            self.has_fills = False
            why = "order-match"
        opened = self._opened
        for (account_id, currency), (available, locked) in changes.items():
            # What came and went within one operation is a balance of 0 all the same.
            if available or locked or (account_id, currency) in opened:
                self._write_balance(account_id, currency, available, locked, why)
        opened.clear()

    def _write_balance(
        self,
        account_id: str,
        currency: str,
        available: Decimal,
        locked: Decimal,
        why: str,
    ) -> None:
        balance = self.state.accounts[account_id].balances[currency]
        self.line(
            "balance",
            account=account_id,
            currency=currency,
            available=str(balance.available),
            locked=str(balance.locked),
            available_change=str(available),
            locked_change=str(locked),
            why=why,
        )
        if self.callbacks:
            self._events.append(
                BalanceChanged(
                    account_id,
                    currency,
                    balance.available,
                    balance.locked,
                    available,
                    locked,
                    why,
                    self.state.last_ms,
                )
            )
