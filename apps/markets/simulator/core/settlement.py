"""What each side of a trade pays and gets, and what the house takes of it."""

from decimal import Decimal

from apps.markets.simulator.core.accounts import Account
from apps.markets.simulator.core.book import Background, Resting
from apps.markets.simulator.core.floor import Floor
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import Fill, Order, PublicTrade, Role, Side

ZERO = Decimal(0)


class Settlement:
    """Moves money and goods between the two sides and the house, to the last unit."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.state = floor.state
        self.record = floor.record

    def settle(
        self,
        instrument: Instrument,
        entry: Resting,
        side: Side,
        role: Role,
        trade: PublicTrade,
    ) -> Fill | None:
        """Move money and goods of one side; its fill, None for the background's."""
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
