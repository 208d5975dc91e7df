"""A seeded crowd that trades at random, and what must hold after each of its steps."""

from collections import defaultdict
from decimal import Decimal
from random import Random
from typing import Any

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.events import Event, Traded
from apps.markets.simulator.core.orders import (
    Fill,
    Order,
    OrderRequest,
    TriggerRequest,
)
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.tests.core.factories import (
    BTC,
    START_MS,
    make_instrument,
    make_venue,
)

NAMES = ("ann", "ben", "cat", "dan", "eve")
ZERO = Decimal(0)


class Crowd:
    """``step`` does one random thing; the same seed does the same things."""

    def __init__(self, seed: int, **changes: Any) -> None:
        self.random = Random(seed)
        self.clock = VirtualClock(START_MS)
        self.venue: Venue = make_venue(accounts=NAMES, clock=self.clock, **changes)
        for name in NAMES[3:]:
            self.venue.ensure_account(name, stp_group=7, maker_fee=Decimal("-0.0001"))
        self.sums = sums_of(self.venue)
        self.rejections = 0

    def step(self) -> None:
        self.clock.advance(self.random.randrange(500))
        actions = (
            [self.place] * 8
            + [self.cancel] * 2
            + [self.amend] * 2
            + [self.make_market, self.take, self.trigger, self.cancel_all]
            + [self.trigger, self.cancel_trigger, self.countdown, self.delist]
        )
        self.venue.expire_triggers()
        self.venue.end_countdowns()
        try:
            self.random.choice(actions)()
        except Rejected:
            self.rejections += 1

    def place(self) -> None:
        self.venue.place(self._name(), self._request())

    def cancel(self) -> None:
        order = self._open_order()
        if order is not None:
            self.venue.cancel(order.account_id, order.id)

    def cancel_all(self) -> None:
        self.venue.cancel_all(self._name(), None, self._side())

    def amend(self) -> None:
        order = self._open_order()
        if order is None:
            return
        price = self._price() if self.random.random() < 0.5 else None
        amount = self._amount() if self.random.random() < 0.7 else None
        self.venue.amend(order.account_id, order.id, price=price, amount=amount)

    def make_market(self) -> None:
        mid = self._price()
        tick = Decimal("0.01")
        steps = range(1, self.random.randrange(2, 5))
        bids = [(mid - step * tick, self._amount()) for step in steps]
        asks = [(mid + step * tick, self._amount()) for step in steps]
        if self.random.random() < 0.5:
            self.venue.make_market(BTC, (bids, asks))
        else:
            self.venue.make_market(BTC, lambda: (bids, asks))

    def take(self) -> None:
        self.venue.take(BTC, self._side(), self._amount(), self._price())

    def trigger(self) -> None:
        rule: Any = self.random.choice((">=", "<="))
        seconds = self.random.choice((5, 86_400))
        request = TriggerRequest(self._request(), self._price(), rule, seconds)
        self.venue.place_trigger(self._name(), request)

    def cancel_trigger(self) -> None:
        triggers = self.venue.triggers(self._name())
        if triggers:
            chosen = self.random.choice(triggers)
            self.venue.cancel_trigger(chosen.account_id, chosen.id)

    def countdown(self) -> None:
        pair = self.random.choice((None, BTC))
        timeout_ms = self.random.choice((0, 1_000, 5_000))
        self.venue.set_countdown(self._name(), pair, timeout_ms)

    def delist(self) -> None:
        """Now and then, and listed again at once: the others want to trade."""
        if self.random.random() < 0.3:
            self.venue.delist(BTC)
            assert not any(self.venue.open_orders(name) for name in NAMES)
            assert not any(self.venue.triggers(name) for name in NAMES)
            self.venue.set_instrument(make_instrument())

    def _request(self) -> OrderRequest:
        side, kind = self._side(), self.random.choice(("limit",) * 4 + ("market",))
        if kind == "market":
            amount = self._amount() * (100 if side == "buy" else 1)
            return OrderRequest(
                BTC, side, amount, None, "market", self._one_of("ioc", "ioc", "fok")
            )
        return OrderRequest(
            BTC,
            side,
            self._amount(),
            self._price(),
            "limit",
            self._one_of("gtc", "gtc", "gtc", "ioc", "fok", "poc"),
            text=f"t-{self.random.randrange(50)}",
        )

    def _open_order(self) -> Order | None:
        orders = self.venue.open_orders(self._name())
        return self.random.choice(orders) if orders else None

    def _name(self) -> str:
        return self.random.choice(NAMES)

    def _side(self) -> Any:
        return self._one_of("buy", "sell")

    def _one_of(self, *values: str) -> Any:
        return self.random.choice(values)

    def _price(self) -> Decimal:
        return Decimal(10_000 + self.random.randrange(-10, 11)).scaleb(-2)

    def _amount(self) -> Decimal:
        return Decimal(self.random.randrange(1, 60_000)).scaleb(-4)


def sums_of(venue: Venue) -> dict[str, Decimal]:
    """All that there is of each currency, over every account."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for account_id in venue.accounts:
        for currency, balance in venue.balances(account_id).items():
            sums[currency] += balance.total
    return dict(sums)


def check_balances(crowd: Crowd) -> None:
    """Nothing is made or lost; nobody spends what he lacks; locks match orders."""
    venue = crowd.venue
    assert sums_of(venue) == crowd.sums
    for name in NAMES:
        locks: dict[str, Decimal] = defaultdict(Decimal)
        for order in venue.open_orders(name, limit=10_000):
            is_buy = order.side == "buy"
            held = order.left * order.price if is_buy else order.left
            assert order.locked == held
            locks[order.locked_currency] += held
        for currency, balance in venue.balances(name).items():
            assert balance.available >= 0
            assert balance.locked == locks[currency]


def check_book(crowd: Crowd) -> None:
    """Never crossed, every level above zero."""
    book = crowd.venue.book(BTC, 1000)
    if book.bids and book.asks:
        assert book.bids[0][0] < book.asks[0][0]
    assert all(amount > 0 for _, amount in (*book.bids, *book.asks))


def check_orders(crowd: Crowd) -> None:
    """Fills add up to what orders say, and never to more than was asked for."""
    for name in NAMES:
        sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
        for fill in crowd.venue.my_trades(name, limit=10_000):
            for index, part in enumerate(
                (fill.amount, fill.amount * fill.price, fill.fee)
            ):
                sums[fill.order_id][index] += part
        orders = crowd.venue.open_orders(name, limit=10_000)
        orders += crowd.venue.finished_orders(name, limit=10_000)
        for order in orders:
            done = [order.filled_amount, order.filled_total, order.fee]
            assert done == sums[order.id]
            asked = order.filled_total if order.is_market_buy else order.filled_amount
            assert asked <= order.amount
            assert order.left == order.amount - asked


class PriorityWatch:
    """Sees every trade and checks that no better or older order was passed over."""

    def __init__(self, crowd: Crowd) -> None:
        self.venue = crowd.venue
        self.before: dict[int, Order] = {}
        self.touched: set[int] = set()
        crowd.venue.subscribe(self.hear)

    def look(self) -> None:
        """Remember the orders that wait before a step."""
        self.before = {
            order.id: order
            for name in NAMES
            for order in self.venue.open_orders(name, limit=10_000)
        }
        self.filled: list[Fill] = []

    def hear(self, event: Event) -> None:
        if isinstance(event, Traded):
            self.filled += [fill for fill in event.fills if fill.role == "maker"]

    def check(self) -> None:
        """An order that was filled leaves none before it with anything left.

        Orders that ended or changed otherwise within the step say nothing.
        """
        for fill in self.filled:
            maker = self.before.get(fill.order_id)
            if maker is None:
                continue
            for other in self.before.values():
                if _goes_before(other, maker):
                    assert self._is_done(other.id), (fill, other)

    def _is_done(self, order_id: int) -> bool:
        order = self._find(order_id)
        if order is None or not order.is_open:
            return True
        return order.priority != self.before[order_id].priority

    def _find(self, order_id: int) -> Order | None:
        name = self.before[order_id].account_id
        return next(
            (o for o in self.venue.open_orders(name, limit=10_000) if o.id == order_id),
            None,
        )


def _goes_before(one: Order, other: Order) -> bool:
    if one.side != other.side or one.id == other.id:
        return False
    if one.price != other.price:
        return (one.price > other.price) == (one.side == "buy")
    return one.priority < other.priority
