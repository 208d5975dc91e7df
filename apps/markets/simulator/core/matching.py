"""Price-time priority: who trades with whom."""

from decimal import Decimal

from apps.markets.simulator.core.book import (
    BACKGROUND,
    Background,
    BookSide,
    Level,
    Resting,
)
from apps.markets.simulator.core.floor import Floor
from apps.markets.simulator.core.market import Market
from apps.markets.simulator.core.orders import Order, Side
from apps.markets.simulator.core.settlement import Settlement

ZERO = Decimal(0)


class Matching:
    """Trades orders against the book. It never refuses; that was done before."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.state = floor.state
        self.record = floor.record
        self._settlement = Settlement(floor)

    def run(self, market: Market, order: Order) -> None:
        """Trade a client's order as far as book and price allow."""
        side = market.book.opposite(order.side)
        while order.status == "open":
            level = side.best()
            if level is None or not _accepts(order, level.price):
                return
            maker = level.first()
            if isinstance(maker, Order) and _is_self_trade(order, maker):
                self._prevent(market, order, maker)
                continue
            amount = min(wanted(order, level.price, market.instrument.lot), maker.left)
            if not amount:
                return
            self.trade(market, order, order.side, level, amount)

    def trade(
        self,
        market: Market,
        taker: Resting,
        taker_side: Side,
        level: Level,
        amount: Decimal,
    ) -> None:
        """Trade ``amount`` with the first order of a level, at the level's price."""
        side = market.book.opposite(taker_side)
        maker = level.first()
        trade = self.floor.new_trade(market, taker_side, amount, level.price)
        maker_side: Side = "sell" if taker_side == "buy" else "buy"
        settle = self._settlement.settle
        fills = (
            settle(market.instrument, maker, maker_side, "maker", trade),
            settle(market.instrument, taker, taker_side, "taker", trade),
        )
        self._shrink(market, side, level, maker, amount)
        self.floor.announce_trade(trade, *[fill for fill in fills if fill])
        self._report(maker)
        self._report(taker)

    def rest(self, market: Market, order: Order) -> None:
        """Put what is left of a client's order at the end of its queue."""
        market.clients += 1
        market.book.side(order.side).add(order.price, order.id, order)

    def unrest(self, market: Market, order: Order) -> None:
        market.clients -= 1
        market.book.side(order.side).remove(order.price, order.id)

    def end(self, order: Order, finish_as: str) -> None:
        """Finish an order that is out of the book, and free what it still locks."""
        order.status = "closed" if finish_as == "filled" else "cancelled"
        order.finish_as = finish_as
        order.update_time_ms = self.state.last_ms
        freed, order.locked = order.locked, ZERO
        if freed:
            account = self.state.accounts[order.account_id]
            self.record.change(account, order.locked_currency, freed, -freed)
        self.state.finish(order)
        kind = "close" if finish_as == "filled" else "cancel"
        self.record.line(
            kind,
            account=order.account_id,
            order=order.id,
            text=order.text,
            finish_as=finish_as,
            left=str(order.left),
        )
        self.record.order_event(order, "finish")

    def _shrink(
        self, market: Market, side: BookSide, level: Level, maker: Resting, by: Decimal
    ) -> None:
        if isinstance(maker, Background):
            maker.left -= by
            side.shrink(level, BACKGROUND, maker, by)
            return
        side.shrink(level, maker.id, maker, by)
        if not maker.left:
            market.clients -= 1

    def _report(self, entry: Resting) -> None:
        """After a fill: finish what is filled, tell of what is not."""
        if isinstance(entry, Background):
            return
        if entry.left:
            self.record.order_event(entry, "update")
        else:
            self.end(entry, "filled")

    def _prevent(self, market: Market, taker: Order, maker: Order) -> None:
        """The taker's stp_act decides: cn ends the new order, co the old, cb both."""
        act = taker.stp_act
        if act in ("co", "cb"):
            self.unrest(market, maker)
            self.end(maker, "stp")
        if act in ("cn", "cb", "-"):
            self.end(taker, "stp")


def wanted(order: Order, price: Decimal, lot: Decimal) -> Decimal:
    """How much base an order still takes at ``price``; money buys whole lots."""
    if order.is_market_buy:
        return order.left // (price * lot) * lot
    return order.left


def _accepts(order: Order, price: Decimal) -> bool:
    if order.type == "market":
        return True
    return price <= order.price if order.side == "buy" else price >= order.price


def _is_self_trade(taker: Order, maker: Order) -> bool:
    return bool(taker.stp_id) and taker.stp_id == maker.stp_id
