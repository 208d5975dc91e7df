"""Price-time priority: who trades with whom, and what each side pays and gets."""

from decimal import Decimal

from apps.markets.simulator.core.accounts import Account
from apps.markets.simulator.core.book import (
    BACKGROUND,
    Background,
    BookSide,
    Level,
    Resting,
)
from apps.markets.simulator.core.floor import Floor
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.market import Market
from apps.markets.simulator.core.orders import Fill, Order, PublicTrade, Role, Side

ZERO = Decimal(0)


class Matching:
    """Trades orders against the book. It never refuses; that was done before."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.state = floor.state
        self.record = floor.record

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
        fills = (
            self._settle(market.instrument, maker, maker_side, "maker", trade),
            self._settle(market.instrument, taker, taker_side, "taker", trade),
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

    def _settle(
        self,
        instrument: Instrument,
        entry: Resting,
        side: Side,
        role: Role,
        trade: PublicTrade,
    ) -> Fill | None:
        total = trade.price * trade.amount
        if isinstance(entry, Background):
            self._settle_background(instrument, side, trade.amount, total)
            return None
        account = self.state.accounts[entry.account_id]
        paid = self._pay(instrument, account, entry, trade.amount, total)
        entry.filled_amount += trade.amount
        entry.filled_total += total
        entry.update_time_ms = self.state.last_ms
        received = trade.amount if side == "buy" else total
        fee = self.floor.fee(account, instrument, role, received)
        entry.fee += fee
        gained = self.record.change(account, entry.fee_currency, received, ZERO)
        self._write_fill(entry, role, trade, paid, gained)
        self._charge(account, entry, trade, fee)
        fill = Fill(
            trade.id,
            account.id,
            entry.id,
            instrument.id,
            side,
            role,
            trade.amount,
            trade.price,
            fee,
            entry.fee_currency,
            trade.time_ms,
            entry.text,
        )
        self.state.fills[account.id].append(fill)
        return fill

    def _settle_background(
        self, instrument: Instrument, side: Side, amount: Decimal, total: Decimal
    ) -> None:
        if side == "sell":
            amount, total = -amount, -total
        account = self.floor.liquidity
        self.record.change(account, instrument.base, amount, ZERO)
        self.record.change(account, instrument.quote, -total, ZERO)

    def _pay(
        self,
        instrument: Instrument,
        account: Account,
        order: Order,
        amount: Decimal,
        total: Decimal,
    ) -> Decimal:
        """Take what the order gives out of its lock; the new total of that currency.

        A price better than a buy's limit frees the difference at once.
        """
        if order.side == "sell":
            given = held = amount
            order.left -= amount
        elif order.type == "market":
            given = held = total
            order.left -= total
        else:
            given, held = total, order.price * amount
            order.left -= amount
        order.locked -= held
        return self.record.change(account, order.locked_currency, held - given, -held)

    def _write_fill(
        self,
        order: Order,
        role: Role,
        trade: PublicTrade,
        paid: Decimal,
        gained: Decimal,
    ) -> None:
        self.record.has_fills = True
        self.record.line(
            "fill",
            trade=trade.id,
            account=order.account_id,
            order=order.id,
            text=order.text,
            instrument=order.instrument,
            side=order.side,
            role=role,
            amount=str(trade.amount),
            price=str(trade.price),
            left=str(order.left),
            locked=str(order.locked),
            paid_total=str(paid),
            gained_total=str(gained),
        )
        total = trade.price * trade.amount
        given, got = total, trade.amount
        if order.side == "sell":
            given, got = got, given
        add = self.state.add_entry
        name, what = order.account_id, "order-match"
        add(name, order.locked_currency, -given, paid, what, order.id)
        add(name, order.fee_currency, got, gained, what, order.id)

    def _charge(
        self, account: Account, order: Order, trade: PublicTrade, fee: Decimal
    ) -> None:
        """Move the fee, in the currency received, from the account to the house."""
        currency = order.fee_currency
        after = self.record.change(account, currency, -fee, ZERO)
        self.record.change(self.floor.house, currency, fee, ZERO)
        self.record.line(
            "fee",
            trade=trade.id,
            account=account.id,
            order=order.id,
            currency=currency,
            amount=str(fee),
            total=str(after),
        )
        what = "trade-fee-deduct"
        self.state.add_entry(account.id, currency, -fee, after, what, order.id)


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
