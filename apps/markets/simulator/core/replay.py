"""The state that a journal's lines lead to."""

from collections.abc import Callable
from decimal import Decimal

from apps.markets.simulator.core.accounts import Balance
from apps.markets.simulator.core.lines import (
    Line,
    account_of,
    instrument_of,
    trigger_of,
)
from apps.markets.simulator.core.orders import Fill, Order
from apps.markets.simulator.core.state import State

ZERO = Decimal(0)


class Replay:
    """Applies lines to a state, without any of the code that wrote them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._fill: Line = {}
        self._kinds: dict[str, Callable[[Line], None]] = {
            "account": self._account,
            "instrument": self._instrument,
            "ids": self._ids,
            "accept": self._accept,
            "fill": self._fill_of_order,
            "fee": self._fee,
            "close": self._end,
            "cancel": self._end,
            "amend": self._amend,
            "balance": self._balance,
            "deposit": self._deposit,
            "withdraw": self._deposit,
            "trigger": self._trigger,
            "trigger_end": self._trigger_end,
            "request": self._nothing,
            "refuse": self._nothing,
        }

    def apply(self, line: Line) -> None:
        """Within exact arithmetic. Raises KeyError for what no line looks like."""
        self.state.last_ms = line["t"]
        self._kinds[line["k"]](line)

    def _nothing(self, line: Line) -> None:
        """Evidence that leaves accounts and orders alone."""

    def _account(self, line: Line) -> None:
        state = self.state
        account = account_of(line)
        known = state.accounts.get(account.id)
        if known is not None:
            account.balances = known.balances
        state.accounts[account.id] = account
        state.counters.uid = max(state.counters.uid, account.uid)

    def _instrument(self, line: Line) -> None:
        instrument = instrument_of(line)
        self.state.instruments[instrument.id] = instrument

    def _ids(self, line: Line) -> None:
        self.state.counters.trade = self.state.counters.trade_reserved = line["trade"]

    def _accept(self, line: Line) -> None:
        counters = self.state.counters
        counters.order, counters.priority = line["order"], line["priority"]
        amount = Decimal(line["amount"])
        self.state.add_order(
            Order(
                id=line["order"],
                account_id=line["account"],
                instrument=line["instrument"],
                side=line["side"],
                type=line["type"],
                price=Decimal(line["price"]),
                amount=amount,
                time_in_force=line["time_in_force"],
                text=line["text"],
                account=line["account_type"],
                create_time_ms=line["t"],
                update_time_ms=line["t"],
                left=amount,
                fee_currency=line["fee_currency"],
                locked=Decimal(line["locked"]),
                locked_currency=line["locked_currency"],
                stp_id=line["stp_id"],
                stp_act=line["stp_act"],
                priority=line["priority"],
                iceberg=Decimal(line["iceberg"]),
            )
        )

    def _fill_of_order(self, line: Line) -> None:
        order = self.state.orders[line["order"]]
        amount, price = Decimal(line["amount"]), Decimal(line["price"])
        total = price * amount
        order.left = Decimal(line["left"])
        order.locked = Decimal(line["locked"])
        order.filled_amount += amount
        order.filled_total += total
        order.update_time_ms = line["t"]
        given, got = (total, amount) if order.side == "buy" else (amount, total)
        paid, gained = Decimal(line["paid_total"]), Decimal(line["gained_total"])
        add, name = self.state.add_entry, order.account_id
        add(name, order.locked_currency, -given, paid, "order-match", order.id)
        add(name, order.fee_currency, got, gained, "order-match", order.id)
        self._fill = line

    def _fee(self, line: Line) -> None:
        """The line after the fill it belongs to."""
        fill, order = self._fill, self.state.orders[line["order"]]
        fee = Decimal(line["amount"])
        order.fee += fee
        self.state.add_entry(
            line["account"],
            line["currency"],
            -fee,
            Decimal(line["total"]),
            "trade-fee-deduct",
            order.id,
        )
        self.state.fills[order.account_id].append(
            Fill(
                fill["trade"],
                order.account_id,
                order.id,
                order.instrument,
                order.side,
                fill["role"],
                Decimal(fill["amount"]),
                Decimal(fill["price"]),
                fee,
                line["currency"],
                fill["t"],
                order.text,
            )
        )

    def _end(self, line: Line) -> None:
        order = self.state.orders[line["order"]]
        order.status = "closed" if line["k"] == "close" else "cancelled"
        order.finish_as = line["finish_as"]
        order.left = Decimal(line["left"])
        order.locked = ZERO
        order.update_time_ms = line["t"]
        self.state.finish(order)

    def _amend(self, line: Line) -> None:
        order = self.state.orders[line["order"]]
        for name in ("price", "amount", "left", "locked"):
            setattr(order, name, Decimal(line[name]))
        order.amend_text = line["amend_text"]
        order.priority = line["priority"]
        order.update_time_ms = line["t"]
        counters = self.state.counters
        counters.priority = max(counters.priority, order.priority)

    def _balance(self, line: Line) -> None:
        balances = self.state.accounts[line["account"]].balances
        balances[line["currency"]] = Balance(
            Decimal(line["available"]), Decimal(line["locked"])
        )

    def _deposit(self, line: Line) -> None:
        change, total = Decimal(line["change"]), Decimal(line["total"])
        account, currency = line["account"], line["currency"]
        self.state.add_entry(account, currency, change, total, line["k"])

    def _trigger(self, line: Line) -> None:
        trigger = trigger_of(line)
        self.state.triggers[trigger.id] = trigger
        self.state.counters.trigger = trigger.id

    def _trigger_end(self, line: Line) -> None:
        trigger = self.state.triggers[line["id"]]
        trigger.status = line["status"]
        trigger.reason = line["reason"]
        trigger.fired_order_id = line["fired_order_id"]
        trigger.finish_time_ms = line["t"]
