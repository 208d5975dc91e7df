"""Taking, changing and cancelling clients' orders."""

from dataclasses import asdict
from decimal import Decimal

from apps.markets.simulator.core import rules
from apps.markets.simulator.core.accounts import Account
from apps.markets.simulator.core.admission import check_book, check_count, check_poc
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.floor import Floor
from apps.markets.simulator.core.liquidity import Liquidity
from apps.markets.simulator.core.market import Market
from apps.markets.simulator.core.matching import Matching, wanted
from apps.markets.simulator.core.orders import Order, OrderRequest

ZERO = Decimal(0)
LONGEST = 200  # characters of a refused request that are worth keeping
NO_TEXT = "apiv4"  # what Gate.io shows for an order sent without a text


class Placement:
    """Each verb changes everything or, with Rejected, nothing."""

    def __init__(self, floor: Floor, matching: Matching, liquidity: Liquidity) -> None:
        self.floor = floor
        self.matching = matching
        self.liquidity = liquidity
        self.state = floor.state
        self.record = floor.record
        self.quirks = floor.quirks

    def place(self, account_id: str, request: OrderRequest) -> Order:
        """Judge, lock, match and rest an order. The caller commits."""
        account = self.floor.account(account_id)
        market = self.floor.market(request.instrument)
        self.liquidity.refresh(market)
        # After the refresh, which moves time on: the order and its lines share one.
        now = self.record.now_ms()
        rules.check_request(request, market.instrument)
        order = self._order(account, market, request, now)
        _check_stp(account, request)
        check_book(market, order)
        check_count(self.state.open[account.id], order, self.quirks.most_open_orders)
        self._lock(account, order, order.locked)
        self._accept(order)
        self.matching.run(market, order)
        if order.is_open:
            self._settle_rest(market, order)
        return order

    def refuse(self, account_id: str, request: OrderRequest, why: Rejected) -> None:
        """Write a refusal down. The caller commits."""
        self.record.now_ms()
        sent = {
            name: None if value is None else str(value)[:LONGEST]
            for name, value in asdict(request).items()
        }
        sent["account_type"] = sent["account"]
        sent |= {"account": account_id, "label": why.label, "message": why.message}
        self.record.line("refuse", **sent)

    def cancel(self, order: Order) -> None:
        """Cancel an open order. The caller commits."""
        self.record.now_ms()
        self.matching.unrest(self.floor.market(order.instrument), order)
        self.matching.end(order, "cancelled")

    def amend(
        self, order: Order, price: Decimal | None, amount: Decimal | None, text: str
    ) -> None:
        """Change an open limit order. The caller commits."""
        self.record.now_ms()
        market = self.floor.market(order.instrument)
        self.liquidity.refresh(market)
        if not order.is_open:  # the liquidity that was due has just filled it
            raise Rejected("ORDER_CLOSED", "Order closed")
        new_price = order.price if price is None else price
        new_amount = order.amount if amount is None else amount
        if (new_price, new_amount) == (order.price, order.amount):
            raise Rejected("NO_CHANGE", "the order has this price and amount already")
        rules.check_number("amount", new_amount)
        if new_amount <= order.filled_amount:
            self.cancel(order)
            return
        rules.check_limit(market.instrument, new_price, new_amount)
        check_poc(market, order, new_price)
        self._amend(market, order, new_price, new_amount, text)

    def _amend(
        self, market: Market, order: Order, price: Decimal, amount: Decimal, text: str
    ) -> None:
        left = amount - order.filled_amount
        keeps_place = price == order.price and left < order.left
        locked = left * price if order.side == "buy" else left
        account = self.floor.account(order.account_id)
        self._lock(account, order, locked - order.locked)
        lowered = order.left - left
        if not keeps_place:
            self.matching.unrest(market, order)
        order.price, order.amount, order.left = price, amount, left
        order.locked = locked
        order.amend_text = text or order.amend_text
        order.update_time_ms = self.state.last_ms
        if keeps_place:
            side = market.book.side(order.side)
            side.shrink(side.levels[price], order.id, order, lowered)
        else:
            self.state.counters.priority += 1
            order.priority = self.state.counters.priority
        self._write_amend(order)
        if not keeps_place:
            self.matching.run(market, order)
            if order.is_open:
                self.matching.rest(market, order)

    def _write_amend(self, order: Order) -> None:
        self.record.line(
            "amend",
            account=order.account_id,
            order=order.id,
            text=order.text,
            price=str(order.price),
            amount=str(order.amount),
            left=str(order.left),
            locked=str(order.locked),
            priority=order.priority,
            amend_text=order.amend_text,
        )
        self.record.order_event(order, "update")

    def _order(
        self, account: Account, market: Market, request: OrderRequest, now: int
    ) -> Order:
        """The order as it will be if nothing refuses it; not yet numbered."""
        instrument = market.instrument
        price = request.price if request.type == "limit" else ZERO
        assert price is not None
        is_buy = request.side == "buy"
        locked = request.amount
        if is_buy and request.type == "limit":
            locked = price * request.amount
        stp_act = request.stp_act or "-"
        if account.stp_group and stp_act == "-":
            stp_act = "cn"
        return Order(
            id=0,
            account_id=account.id,
            instrument=instrument.id,
            side=request.side,
            type=request.type,
            price=price,
            amount=request.amount,
            time_in_force=request.time_in_force,
            text=request.text or NO_TEXT,
            account=request.account,
            create_time_ms=now,
            update_time_ms=now,
            left=request.amount,
            fee_currency=instrument.base if is_buy else instrument.quote,
            locked=locked,
            locked_currency=instrument.quote if is_buy else instrument.base,
            stp_id=account.stp_group,
            stp_act=stp_act,
            iceberg=request.iceberg,
        )

    def _lock(self, account: Account, order: Order, amount: Decimal) -> None:
        """Hold ``amount`` more (or, below zero, less). Raises BALANCE_NOT_ENOUGH."""
        currency = order.locked_currency
        available = account.available(currency)
        if amount > available and not account.is_unlimited:
            raise Rejected(
                "BALANCE_NOT_ENOUGH",
                f"Not enough balance: {amount.normalize():f} {currency} needed, "
                f"{available.normalize():f} available",
            )
        self.record.change(account, currency, -amount, amount)

    def _accept(self, order: Order) -> None:
        counters = self.state.counters
        counters.order += 1
        counters.priority += 1
        order.id = counters.order
        order.priority = counters.priority
        self.state.add_order(order)
        self.record.line(
            "accept",
            order=order.id,
            account=order.account_id,
            instrument=order.instrument,
            side=order.side,
            type=order.type,
            price=str(order.price),
            amount=str(order.amount),
            time_in_force=order.time_in_force,
            text=order.text,
            account_type=order.account,
            locked=str(order.locked),
            locked_currency=order.locked_currency,
            fee_currency=order.fee_currency,
            priority=order.priority,
            stp_id=order.stp_id,
            stp_act=order.stp_act,
            iceberg=str(order.iceberg),
        )
        self.record.order_event(order, "put")

    def _settle_rest(self, market: Market, order: Order) -> None:
        """What becomes of the part that found nobody."""
        if order.time_in_force in ("gtc", "poc"):
            self.matching.rest(market, order)
            return
        # Money for less than a lot is dust: all that could be bought is bought.
        best = market.book.opposite(order.side).best()
        lot = market.instrument.lot
        is_dust = best is not None and not wanted(order, best.price, lot)
        self.matching.end(order, "filled" if is_dust else "ioc")


def _check_stp(account: Account, request: OrderRequest) -> None:
    if request.stp_act not in ("-", "") and not account.stp_group:
        raise rules.invalid("stp_act needs an account in an STP group")
