"""The exchange as its servers and price sources see it.

Every method that changes something is synchronous and complete when it returns, but
what it did may be shown only when it is durable: ``await venue.durable()`` before any
answer is sent (also before answering a read: it may show a change of a moment ago).
Events are held back by the venue itself. Without group commit (tests, virtual clock)
everything is durable when the call returns.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Self

from apps.markets.simulator.core.accounts import (
    HOUSE,
    Account,
    Balance,
    BookEntry,
    Key,
)
from apps.markets.simulator.core.book import Book, BookSide
from apps.markets.simulator.core.clock import Clock, SystemClock
from apps.markets.simulator.core.collecting import uncollected
from apps.markets.simulator.core.errors import CoreError, Rejected
from apps.markets.simulator.core.events import Event, InstrumentChanged
from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.floor import LIQUIDITY, Floor
from apps.markets.simulator.core.holders import Holders
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.journal import Journal
from apps.markets.simulator.core.lines import to_line
from apps.markets.simulator.core.liquidity import Liquidity
from apps.markets.simulator.core.market import Levels, MakeLevels, Market
from apps.markets.simulator.core.matching import Matching
from apps.markets.simulator.core.orders import (
    BookView,
    Fill,
    Order,
    OrderRequest,
    PublicTrade,
    Side,
    Trigger,
    TriggerRequest,
)
from apps.markets.simulator.core.placement import LONGEST, Placement
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.core.reading import Reading, page_of
from apps.markets.simulator.core.record import Record
from apps.markets.simulator.core.snapshots import Restored, restore
from apps.markets.simulator.core.snapshotter import Snapshotter
from apps.markets.simulator.core.storage import FileStorage, MemoryStorage, Storage
from apps.markets.simulator.core.triggers import TriggerDesk, copy_of
from apps.markets.simulator.core.truth import read_truth

GATES_HABITS = Quirks()
JOURNAL = "journal.jsonl"


class Venue:
    """Accounts, instruments, books and journal of one exchange. Made by ``open``."""

    def __init__(
        self,
        storage: Storage,
        restored: Restored,
        clock: Clock,
        quirks: Quirks,
        *,
        group_commit: bool,
        snapshotter: Snapshotter | None,
    ) -> None:
        self.clock = clock
        self.quirks = quirks
        self._storage = storage
        self._snapshotter = snapshotter
        self._state = restored.state
        self._record = Record(restored.state, clock)
        self._record.journal = self._journal = Journal(
            storage,
            lines=restored.lines,
            head=restored.head,
            group_commit=group_commit,
            on_durable=self._reached,
        )
        self._floor = Floor(restored.state, self._record, quirks)
        self._holders = Holders(self._floor)
        self._matching = Matching(self._floor)
        self._liquidity = Liquidity(self._floor, self._matching)
        self._placement = Placement(self._floor, self._matching, self._liquidity)
        self._triggers = TriggerDesk(self._floor, self._placement)
        self._reading = Reading(self._floor)
        self._reopen()

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        return self._state.instruments

    @property
    def accounts(self) -> Mapping[str, Account]:
        return self._state.accounts

    @classmethod
    def open(
        cls,
        folder: Path | None = None,
        *,
        clock: Clock | None = None,
        quirks: Quirks = GATES_HABITS,
        group_commit: bool = False,
        snapshot_every: int = 100_000,
    ) -> Self:
        """Start from the journal in ``folder`` (None: memory only, nothing is kept).

        ``group_commit`` batches fsync and needs a running event loop. Raises
        JournalBroken when the hash chain does not hold.
        """
        storage: Storage = MemoryStorage()
        if folder is not None:
            storage = FileStorage(folder / JOURNAL)
        try:
            with uncollected():
                restored = restore(storage, folder)
        except CoreError:
            storage.close()
            raise
        storage.cut(restored.size)
        snapshotter = None
        if folder is not None:
            snapshotter = Snapshotter(
                storage,
                folder,
                every=snapshot_every,
                is_aside=group_commit,
                last=restored.snapshot_lines,
            )
        return cls(
            storage,
            restored,
            clock or SystemClock(),
            quirks,
            group_commit=group_commit,
            snapshotter=snapshotter,
        )

    def close(self) -> None:
        """Make everything durable and close the journal."""
        if self._snapshotter is not None:
            self._snapshotter.close()
        self._journal.close()

    # Durability and news

    async def durable(self) -> None:
        """Return when everything done so far is on disk; events are out then too."""
        await self._journal.durable()

    def flush(self) -> None:
        """The same, blocking."""
        self._journal.flush()

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``callback`` with each durable event in order; returns the way out.

        The callback must be quick and must not call the venue back.
        """
        self._record.callbacks.append(callback)
        return lambda: self._record.callbacks.remove(callback)

    def watch_book(self, instrument_id: str) -> Callable[[], None]:
        """Ask for BookChanged events of one book; returns the way out.

        Unwatched books are built only when looked at and give no BookChanged.
        """
        market = self._floor.market(instrument_id)
        market.watchers += 1
        self._liquidity.refresh(market)

        def leave() -> None:
            market.watchers -= 1

        return leave

    def request_arrived(
        self, method: str, path: str, text: str, account_id: str
    ) -> None:
        """Count a request that arrived, before anything is done about it."""
        self._record.now_ms()
        self._record.line(
            "request",
            method=method,
            path=path[:LONGEST],
            text=text[:LONGEST],
            account=account_id,
        )
        self._record.commit("")

    @property
    def lines(self) -> int:
        """How many journal lines there are, durable or about to be."""
        return self._journal.lines

    def journal_lines(self) -> Iterator[bytes]:
        """The journal as it is written, line by line."""
        return self._storage.lines()

    def truth(self) -> dict[str, Any]:
        """Accounts, orders, fills, balances and request counts out of the journal.

        Read from the journal's lines alone, not from the live state; numbers are
        strings. Keys: ``accounts``, ``orders``, ``fills``, ``balances``, ``triggers``,
        ``requests`` (client text: count), ``lines``, ``hash``.
        """
        return read_truth(self._storage)

    # Instruments and accounts

    def set_instrument(self, instrument: Instrument) -> None:
        """Add an instrument, or change its rules (status, precision, fees)."""
        if self._state.instruments.get(instrument.id) == instrument:
            return
        self._record.now_ms()
        self._state.instruments[instrument.id] = instrument
        self._record.line("instrument", **to_line(instrument))
        self._open_market(instrument)
        self._record.event(InstrumentChanged(instrument))
        self._record.commit("")

    def instrument(self, instrument_id: str) -> Instrument:
        """Raises Rejected INVALID_CURRENCY_PAIR."""
        return self._floor.market(instrument_id).instrument

    @exactly
    def ensure_account(
        self,
        account_id: str,
        *,
        uid: int | None = None,
        keys: Mapping[str, Key] | None = None,
        deposits: Mapping[str, Decimal] | None = None,
        maker_fee: Decimal | None = None,
        taker_fee: Decimal | None = None,
        stp_group: int = 0,
        is_unlimited: bool = False,
    ) -> Account:
        """The account; made, with its first deposits, if the journal has none.

        ``keys`` are taken over each time, as the journal does not hold them.
        """
        account = self._holders.ensure(
            account_id,
            uid=uid,
            maker_fee=maker_fee,
            taker_fee=taker_fee,
            stp_group=stp_group,
            is_unlimited=is_unlimited,
            deposits=deposits or {},
        )
        account.keys.update(keys or {})
        return account

    def account_of_key(self, key: str) -> tuple[Account, Key] | None:
        """Who owns an API key (revoked ones too), and the key."""
        for account in self._state.accounts.values():
            if key in account.keys:
                return account, account.keys[key]
        return None

    @exactly
    def deposit(self, account_id: str, currency: str, amount: Decimal) -> None:
        self._holders.deposit(account_id, currency, amount)

    @exactly
    def withdraw(self, account_id: str, currency: str, amount: Decimal) -> None:
        """Raises Rejected BALANCE_NOT_ENOUGH."""
        self._holders.withdraw(account_id, currency, amount)

    def balances(self, account_id: str) -> dict[str, Balance]:
        """Copies, by currency."""
        return {
            currency: Balance(balance.available, balance.locked)
            for currency, balance in self._floor.account(account_id).balances.items()
        }

    def account_book(
        self,
        account_id: str,
        *,
        currency: str | None = None,
        type: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        page: int = 1,
        limit: int = 100,
    ) -> list[BookEntry]:
        """Newest first."""
        entries = self._reading.account_book(account_id, currency, type, from_ms, to_ms)
        return page_of(entries, page, limit)

    def fees(self, account_id: str, instrument_id: str) -> tuple[Decimal, Decimal]:
        """Maker and taker ratio which this account pays on this instrument."""
        account = self._floor.account(account_id)
        return self._floor.fee_rates(account, self.instrument(instrument_id))

    # Orders. All raise Rejected with Gate.io's label and status.

    @exactly
    def place(self, account_id: str, request: OrderRequest) -> Order:
        """Take an order and match it. The Order returned is a copy as of now."""
        try:
            order = self._placement.place(account_id, request)
        except Rejected as refusal:
            self._placement.refuse(account_id, request, refusal)
            self._record.commit("")
            raise
        self._finish("order-create", order)
        return order.copy()

    @exactly
    def cancel(
        self, account_id: str, order_id: int | str, instrument_id: str | None = None
    ) -> Order:
        """By id (int or digits) or by text (``t-...``)."""
        order = self._reading.find(account_id, order_id, instrument_id)
        _check_open(order)
        self._placement.cancel(order)
        self._finish("order-cancel", order)
        return order.copy()

    @exactly
    def cancel_all(
        self,
        account_id: str,
        instrument_id: str | None = None,
        side: Side | None = None,
    ) -> list[Order]:
        """Cancel every open order that fits; an empty list when there is none."""
        orders = list(self._reading.open_orders(account_id, instrument_id, side))
        for order in orders:
            self._placement.cancel(order)
        self._finish("order-cancel", *orders)
        return [order.copy() for order in orders]

    @exactly
    def amend(
        self,
        account_id: str,
        order_id: int | str,
        *,
        instrument_id: str | None = None,
        price: Decimal | None = None,
        amount: Decimal | None = None,
        amend_text: str = "",
    ) -> Order:
        """Change price or whole amount of an open limit order; the id stays.

        Only lowering the amount keeps the place in the queue; an amount not above
        what is filled cancels.
        """
        order = self._reading.find(account_id, order_id, instrument_id)
        _check_open(order)
        self._placement.amend(order, price, amount, amend_text)
        self._finish("order-update", order)
        return order.copy()

    def order(
        self, account_id: str, order_id: int | str, instrument_id: str | None = None
    ) -> Order:
        """Look an order up by id or text, with all of the quirks."""
        return self._reading.look_up(account_id, order_id, instrument_id).copy()

    def open_orders(
        self,
        account_id: str,
        instrument_id: str | None = None,
        *,
        side: Side | None = None,
        page: int = 1,
        limit: int = 100,
    ) -> list[Order]:
        """Newest first; the page counts over what fits."""
        orders = self._reading.open_orders(account_id, instrument_id, side)
        return [order.copy() for order in page_of(orders, page, limit)]

    def finished_orders(
        self,
        account_id: str,
        instrument_id: str | None = None,
        *,
        side: Side | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        page: int = 1,
        limit: int = 100,
    ) -> list[Order]:
        """Newest end first; ``from_ms`` and ``to_ms`` bound the **end** time."""
        orders = self._reading.finished_orders(
            account_id, instrument_id, side, from_ms, to_ms
        )
        return [order.copy() for order in page_of(orders, page, limit)]

    def my_trades(
        self,
        account_id: str,
        instrument_id: str | None = None,
        *,
        order_id: int | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        page: int = 1,
        limit: int = 100,
    ) -> list[Fill]:
        """Newest first."""
        fills = self._reading.my_trades(
            account_id, instrument_id, order_id, from_ms, to_ms
        )
        return page_of(fills, page, limit)

    # Triggers

    @exactly
    def place_trigger(self, account_id: str, request: TriggerRequest) -> Trigger:
        """Raises Rejected AUTO_TRIGGER_PRICE_... when the price is already past."""
        return copy_of(self._triggers.place(account_id, request))

    def cancel_trigger(self, account_id: str, trigger_id: int) -> Trigger:
        trigger = self._triggers.find(account_id, trigger_id)
        self._triggers.cancel(trigger)
        self._record.commit("")
        return copy_of(trigger)

    def cancel_triggers(
        self, account_id: str, instrument_id: str | None = None
    ) -> list[Trigger]:
        found = list(self._triggers.of(account_id, instrument_id, is_open=True))
        for trigger in found:
            self._triggers.cancel(trigger)
        self._record.commit("")
        return [copy_of(trigger) for trigger in found]

    def trigger(self, account_id: str, trigger_id: int) -> Trigger:
        return copy_of(self._triggers.find(account_id, trigger_id))

    def triggers(
        self,
        account_id: str,
        instrument_id: str | None = None,
        *,
        is_open: bool = True,
        page: int = 1,
        limit: int = 100,
    ) -> list[Trigger]:
        """Newest first; open ones, or all the others."""
        found = self._triggers.of(account_id, instrument_id, is_open=is_open)
        return [copy_of(trigger) for trigger in page_of(found, page, limit)]

    def expire_triggers(self) -> int:
        """End the triggers whose time is over; how many. Call it now and then."""
        ended = sum(
            self._triggers.expire(trigger) for trigger in self._state.triggers.values()
        )
        self._record.commit("")
        return ended

    # The market

    @exactly
    def book(self, instrument_id: str, depth: int = 10) -> BookView:
        """The best ``depth`` levels of each side with the book's counter."""
        market = self._floor.market(instrument_id)
        self._liquidity.refresh(market)
        return BookView(
            instrument_id,
            market.book.id,
            self._record.now_ms(),
            market.update_ms,
            _top(market.book.bids, depth),
            _top(market.book.asks, depth),
        )

    def public_trades(
        self,
        instrument_id: str,
        *,
        from_ms: int | None = None,
        to_ms: int | None = None,
        last_id: int | None = None,
        page: int = 1,
        limit: int = 100,
    ) -> list[PublicTrade]:
        """Newest first. Only the last 10,000 of each instrument are kept."""
        trades = self._reading.public_trades(instrument_id, from_ms, to_ms, last_id)
        return page_of(trades, page, limit)

    def last_price(self, instrument_id: str) -> Decimal | None:
        """The price of the last trade; None before the first."""
        return self._floor.market(instrument_id).last

    # For the sources: liquidity of an account without limit, not in the journal

    @exactly
    def make_market(
        self, instrument_id: str, levels: tuple[Levels, Levels] | MakeLevels
    ) -> None:
        """Replace the background liquidity of a book: ``(bids, asks)``, best first.

        ``(price, amount)`` on the tick and lot; the best bid is not above the best ask
        (where they meet there is no spread). Levels that cross client orders
        trade with them (the client is the maker). A callable is asked only when the
        book is looked at or a client order or trigger stands in it: give it to keep
        a fast replay fast. What clients took from a level is back with the next call.
        """
        market = self._floor.market(instrument_id)
        self._liquidity.make(market, levels)
        self._triggers.fire_due(market)

    @exactly
    def take(
        self,
        instrument_id: str,
        side: Side,
        amount: Decimal,
        price: Decimal | None = None,
    ) -> Decimal:
        """The background takes from the book, clients' orders too, up to ``price``.

        Returns how much of ``amount`` (base) was traded; the rest is dropped.
        """
        market = self._floor.market(instrument_id)
        traded = self._liquidity.take(market, side, amount, price)
        self._triggers.fire_due(market)
        return traded

    def print_trade(
        self, instrument_id: str, side: Side, amount: Decimal, price: Decimal
    ) -> PublicTrade:
        """A trade within the background: shown and triggering, moving no balance.

        It leaves the book alone, so it should lie within the spread or at the touch.
        """
        market = self._floor.market(instrument_id)
        trade = self._liquidity.print_trade(market, side, amount, price)
        if market.has_triggers:
            self._triggers.fire_due(market)
        return trade

    # How the parts are joined

    @exactly
    def _reopen(self) -> None:
        """Put restored orders and triggers back where they wait."""
        for instrument in self._state.instruments.values():
            self._open_market(instrument)
        for order in self._state.open_orders():
            self._matching.rest(self._floor.markets[order.instrument], order)
        for trigger in self._state.triggers.values():
            if trigger.status == "open":
                self._floor.market(trigger.request.put.instrument).add_trigger(trigger)
        for market in self._floor.markets.values():
            self._floor.commit("", market)
        self._holders.ensure(HOUSE, is_unlimited=True)
        free = Decimal(0)
        self._holders.ensure(
            LIQUIDITY, is_unlimited=True, maker_fee=free, taker_fee=free
        )

    def _open_market(self, instrument: Instrument) -> None:
        market = self._floor.markets.get(instrument.id)
        if market is not None:
            market.instrument = instrument
            return
        # Book ids start at the time, so that they grow over a restart as well.
        book = Book(self._record.now_ms() * 1000)
        self._floor.markets[instrument.id] = Market(instrument, book)

    def _finish(self, why: str, *orders: Order) -> None:
        markets = [self._floor.markets[order.instrument] for order in orders]
        self._floor.commit(why, *markets)
        for market in markets:
            if market.has_triggers:
                self._triggers.fire_due(market)

    def _reached(self, durable_lines: int) -> None:
        self._record.deliver(durable_lines)
        if self._snapshotter is not None:
            self._snapshotter.reached(durable_lines)


def _check_open(order: Order) -> None:
    if order.status == "closed":
        raise Rejected("ORDER_CLOSED", "Order closed")
    if order.status == "cancelled":
        raise Rejected("ORDER_CANCELLED", "Order cancelled")


def _top(side: BookSide, depth: int) -> tuple[tuple[Decimal, Decimal], ...]:
    levels = islice(side.best_first(), depth)
    return tuple((level.price, level.total) for level in levels)
