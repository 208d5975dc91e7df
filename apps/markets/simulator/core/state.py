"""What the venue knows about its clients: everything the journal can rebuild."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from apps.markets.simulator.core.accounts import Account, BookEntry
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import Fill, Order, Trigger, TriggerStatus

# Finished orders, ended triggers, fills and book entries kept in memory for each
# account; older ones stay in the journal only.
KEEP = 50_000


@dataclass(slots=True)
class Counters:
    """The last number given out of each kind."""

    order: int = 0
    trade: int = 0
    trade_reserved: int = 0
    trigger: int = 0
    entry: int = 0
    priority: int = 0
    uid: int = 10_000


@dataclass(slots=True)
class State:
    """Accounts, orders and their histories, with the indexes that find them."""

    instruments: dict[str, Instrument] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    texts: dict[tuple[str, str], int] = field(default_factory=dict)
    open: defaultdict[str, dict[int, Order]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    finished: defaultdict[str, deque[Order]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    fills: defaultdict[str, deque[Fill]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=KEEP))
    )
    entries: defaultdict[str, deque[BookEntry]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=KEEP))
    )
    triggers: dict[int, Trigger] = field(default_factory=dict)
    open_triggers: dict[int, Trigger] = field(default_factory=dict)
    ended_triggers: defaultdict[str, deque[Trigger]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    # When all orders of an account and instrument ("": of all) are cancelled, in ms.
    countdowns: dict[tuple[str, str], int] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    last_ms: int = 0

    def add_order(self, order: Order) -> None:
        """Index a new order; a later order takes an earlier one's text over."""
        self.orders[order.id] = order
        self.texts[order.account_id, order.text] = order.id
        if order.is_open:
            self.open[order.account_id][order.id] = order
        else:
            self._add_finished(order)

    def finish(self, order: Order) -> None:
        """Move an order that has just ended from the open to the finished ones."""
        del self.open[order.account_id][order.id]
        self._add_finished(order)

    def add_trigger(self, trigger: Trigger) -> None:
        self.triggers[trigger.id] = self.open_triggers[trigger.id] = trigger

    def end_trigger(
        self, trigger: Trigger, status: TriggerStatus, reason: str, order_id: int
    ) -> None:
        """Give a trigger its final status; ``order_id`` is what it placed, or 0."""
        trigger.status, trigger.reason = status, reason
        trigger.fired_order_id = order_id
        trigger.finish_time_ms = self.last_ms
        del self.open_triggers[trigger.id]
        kept = self.ended_triggers[trigger.account_id]
        kept.append(trigger)
        if len(kept) > KEEP:
            del self.triggers[kept.popleft().id]

    def set_countdown(self, account_id: str, instrument_id: str, due_ms: int) -> None:
        """0 stops it."""
        if due_ms:
            self.countdowns[account_id, instrument_id] = due_ms
        else:
            self.countdowns.pop((account_id, instrument_id), None)

    def add_entry(
        self,
        account_id: str,
        currency: str,
        change: Decimal,
        balance: Decimal,
        type: str,
        order_id: int = 0,
    ) -> None:
        """Number and keep one line of an account book."""
        self.counters.entry += 1
        self.entries[account_id].append(
            BookEntry(
                self.counters.entry,
                self.last_ms,
                currency,
                change,
                balance,
                type,
                order_id,
            )
        )

    def open_orders(self) -> Iterable[Order]:
        """Of all accounts, in the order in which they queue."""
        every = (order for orders in self.open.values() for order in orders.values())
        return sorted(every, key=lambda order: order.priority)

    def _add_finished(self, order: Order) -> None:
        kept = self.finished[order.account_id]
        kept.append(order)
        if len(kept) > KEEP:
            self._forget(kept.popleft())

    def _forget(self, order: Order) -> None:
        del self.orders[order.id]
        name = (order.account_id, order.text)
        if self.texts.get(name) == order.id:
            del self.texts[name]
