"""Questions about orders, fills and the tape, with Gate.io's forgetfulness."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from apps.markets.simulator.core.accounts import BookEntry
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.floor import Floor
from apps.markets.simulator.core.orders import Fill, Order, PublicTrade

T = TypeVar("T")


def page_of(items: Iterable[T], page: int, limit: int) -> list[T]:
    """Page ``page`` (from 1) of ``limit`` items."""
    start = max(page - 1, 0) * limit
    return list(islice(items, start, start + limit))


def _within(time_ms: int, from_ms: int | None, to_ms: int | None) -> bool:
    return (from_ms is None or time_ms >= from_ms) and (
        to_ms is None or time_ms <= to_ms
    )


class Reading:
    """Reads the state; changes nothing."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.state = floor.state
        self.quirks = floor.quirks

    def find(
        self, account_id: str, order_id: int | str, instrument_id: str | None
    ) -> Order:
        """By id or text. Raises Rejected ORDER_NOT_FOUND or CLIENT_ID_NOT_FOUND."""
        self.floor.account(account_id)
        is_text = _is_text(order_id)
        if is_text:
            number = self.state.texts.get((account_id, str(order_id)), 0)
        else:
            number = int(order_id)
        order = self.state.orders.get(number)
        if order is None or order.account_id != account_id:
            raise _not_found(is_text)
        if instrument_id not in (None, order.instrument) or self._is_forgotten(order):
            raise _not_found(is_text)
        if is_text and self._is_text_over(order):
            raise _not_found(is_text)
        return order

    def look_up(
        self, account_id: str, order_id: int | str, instrument_id: str | None
    ) -> Order:
        """As ``find``, but an order of a moment ago is not seen yet."""
        order = self.find(account_id, order_id, instrument_id)
        if self._now() - order.create_time_ms < self.quirks.unseen_ms:
            raise _not_found(_is_text(order_id))
        return order

    def open_orders(
        self, account_id: str, instrument_id: str | None, side: str | None
    ) -> Iterable[Order]:
        """Newest first."""
        return (
            order
            for order in reversed(self.state.open[account_id].values())
            if instrument_id in (None, order.instrument) and side in (None, order.side)
        )

    def finished_orders(
        self,
        account_id: str,
        instrument_id: str | None,
        side: str | None,
        from_ms: int | None,
        to_ms: int | None,
    ) -> Iterable[Order]:
        """Newest end first."""
        return (
            order
            for order in reversed(self.state.finished[account_id])
            if instrument_id in (None, order.instrument)
            and side in (None, order.side)
            and _within(order.update_time_ms, from_ms, to_ms)
            and not self._is_forgotten(order)
        )

    def my_trades(
        self,
        account_id: str,
        instrument_id: str | None,
        order_id: int | None,
        from_ms: int | None,
        to_ms: int | None,
    ) -> Iterable[Fill]:
        """Newest first."""
        shown_ms = self._now() - self.quirks.fills_delay_ms
        return (
            fill
            for fill in reversed(self.state.fills[account_id])
            if instrument_id in (None, fill.instrument)
            and order_id in (None, fill.order_id)
            and _within(fill.create_time_ms, from_ms, to_ms)
            and fill.create_time_ms <= shown_ms
        )

    def account_book(
        self,
        account_id: str,
        currency: str | None,
        type: str | None,
        from_ms: int | None,
        to_ms: int | None,
    ) -> Iterable[BookEntry]:
        """Newest first."""
        return (
            entry
            for entry in reversed(self.state.entries[account_id])
            if currency in (None, entry.currency)
            and type in (None, entry.type)
            and _within(entry.time_ms, from_ms, to_ms)
        )

    def public_trades(
        self,
        instrument_id: str,
        from_ms: int | None,
        to_ms: int | None,
        last_id: int | None,
    ) -> Iterable[PublicTrade]:
        """Newest first; with ``last_id`` only those after it."""
        return (
            trade
            for trade in reversed(self.floor.market(instrument_id).tape)
            if (last_id is None or trade.id > last_id)
            and _within(trade.time_ms, from_ms, to_ms)
        )

    def _is_forgotten(self, order: Order) -> bool:
        limit = self.quirks.forget_unfilled_ms
        if not limit or order.status != "cancelled" or order.filled_amount:
            return False
        return self._now() - order.update_time_ms >= limit

    def _is_text_over(self, order: Order) -> bool:
        limit = self.quirks.text_lookup_ms
        if not limit or order.is_open:
            return False
        return self._now() - order.update_time_ms >= limit

    def _now(self) -> int:
        return self.floor.record.now_ms()


def _is_text(order_id: int | str) -> bool:
    name = str(order_id)
    return not (name.isascii() and name.isdecimal() and len(name) < 20)


def _not_found(is_text: bool) -> Rejected:
    if is_text:
        return Rejected("CLIENT_ID_NOT_FOUND", "Order with this text not found", 404)
    return Rejected("ORDER_NOT_FOUND", "Order not found", 404)
