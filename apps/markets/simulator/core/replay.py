"""The state that a journal's lines lead to."""

from collections.abc import Callable
from decimal import Decimal

import orjson

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
# A client's text cannot look like this: its quotes are written with a backslash.
BALANCE = b'"k":"balance","n":'


class Replay:
    """Applies lines to a state, without any of the code that wrote them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._fill: Line = {}
        # By account and currency, as a line begins with them.
        self._balances: dict[bytes, bytes] = {}
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
            "deposit": self._deposit,
            "withdraw": self._deposit,
            "trigger": self._trigger,
            "trigger_end": self._trigger_end,
            "countdown": self._countdown,
            "request": self._nothing,
            "refuse": self._nothing,
        }

    def apply(self, line: Line) -> None:
        """Within exact arithmetic. Raises KeyError for what no line looks like."""
        self.state.last_ms = line["t"]
        self._kinds[line["k"]](line)

    def hold(self, raw: bytes) -> None:
        """Take a line of kind balance, as it is written."""
        self._balances[raw[: raw.index(b',"available":')]] = raw

    def finish(self) -> None:
        """After the last line: balances are what their last lines say."""
        for raw in self._balances.values():
            line = orjson.loads(raw)
            balances = self.state.accounts[line["account"]].balances
            balances[line["currency"]] = Balance(
                Decimal(line["available"]), Decimal(line["locked"])
            )

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
        now, stp_act, iceberg = line["t"], line["stp_act"], line["iceberg"]
        # By place: a million starts with twenty names each would take a second longer.
        order = Order(
            line["order"],
            line["account"],
            line["instrument"],
            line["side"],
            line["type"],
            Decimal(line["price"]),
            amount,
            line["time_in_force"],
            line["text"],
            line["account_type"],
            now,
            now,
            amount,
        )
        order.fee_currency = line["fee_currency"]
        order.locked = Decimal(line["locked"])
        order.locked_currency = line["locked_currency"]
        order.priority = line["priority"]
        if line["stp_id"] or stp_act != "-":
            order.stp_id, order.stp_act = line["stp_id"], stp_act
        if iceberg != "0":
            order.iceberg = Decimal(iceberg)
        self.state.add_order(order)

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

    def _deposit(self, line: Line) -> None:
        change, total = Decimal(line["change"]), Decimal(line["total"])
        account, currency = line["account"], line["currency"]
        self.state.add_entry(account, currency, change, total, line["k"])

    def _trigger(self, line: Line) -> None:
        trigger = trigger_of(line)
        self.state.add_trigger(trigger)
        self.state.counters.trigger = trigger.id

    def _trigger_end(self, line: Line) -> None:
        trigger = self.state.triggers[line["id"]]
        status, order_id = line["status"], line["fired_order_id"]
        self.state.end_trigger(trigger, status, line["reason"], order_id)

    def _countdown(self, line: Line) -> None:
        self.state.set_countdown(line["account"], line["instrument"], line["due_ms"])
