"""Clients' orders and fills, with all of Gate.io's habits."""

from decimal import Decimal

from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.orders import Fill, Order, OrderRequest, Side
from apps.markets.simulator.core.reading import page_of
from apps.markets.simulator.core.venue.parts import Parts


class Trading(Parts):
    """Every verb raises Rejected with Gate.io's label and status."""

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


def _check_open(order: Order) -> None:
    if order.status == "closed":
        raise Rejected("ORDER_CLOSED", "Order closed")
    if order.status == "cancelled":
        raise Rejected("ORDER_CANCELLED", "Order cancelled")
