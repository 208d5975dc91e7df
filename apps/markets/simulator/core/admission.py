"""What the book, and what an account has in it already, say against an order."""

from collections.abc import Mapping
from decimal import Decimal

from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.market import Market
from apps.markets.simulator.core.orders import Order


def check_book(market: Market, order: Order) -> None:
    """Raises Rejected when the order asks for what the book has not."""
    if order.type == "market" and market.book.opposite(order.side).best() is None:
        raise Rejected("ORDER_BOOK_NOT_FOUND", "no liquidity for a market order")
    check_poc(market, order, order.price)
    if order.time_in_force == "fok" and not _can_fill(market, order):
        raise Rejected("FOK_NOT_FILL", "Order cannot be filled completely")


def check_poc(market: Market, order: Order, price: Decimal) -> None:
    """Raises Rejected when a post-only order would take at ``price``."""
    if order.time_in_force != "poc":
        return
    if market.book.opposite(order.side).reaches(price):
        message = "Order would match and take immediately so its cancelled"
        raise Rejected("POC_FILL_IMMEDIATELY", message)


def check_count(waiting: Mapping[int, Order], order: Order, most: int) -> None:
    """Raises Rejected for one too many of an instrument; 0 is without end.

    Only what may rest counts. ``waiting`` are the account's open orders.
    """
    if order.time_in_force not in ("gtc", "poc") or not most:
        return
    if len(waiting) < most:  # over all instruments: nearly always
        return
    if sum(one.instrument == order.instrument for one in waiting.values()) >= most:
        message = f"at most {most} open orders of a currency pair"
        raise Rejected("TOO_MANY_ORDERS", message)


def _can_fill(market: Market, order: Order) -> bool:
    """Whether the book holds all of it, within the price, without self-trades."""
    left = order.left
    lot = market.instrument.lot
    for level in market.book.opposite(order.side).best_first():
        if order.type == "limit" and not _within(order, level.price):
            return False
        for maker in level.queue.values():
            if isinstance(maker, Order) and 0 < order.stp_id == maker.stp_id:
                return False
        if order.is_market_buy:
            left -= min(left, level.price * level.total)
            if left < level.price * lot:
                return True
        else:
            left -= min(left, level.total)
            if not left:
                return True
    return False


def _within(order: Order, price: Decimal) -> bool:
    return price <= order.price if order.side == "buy" else price >= order.price
