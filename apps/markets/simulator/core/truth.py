"""Evidence out of the journal: what happened, told without the engine's help.

Shares no code with the engine or the replay that restores it: balances are sums of
the written changes and must meet the written totals.
"""

from collections import Counter
from decimal import Decimal
from typing import Any

import orjson

from apps.markets.simulator.core.errors import JournalBroken
from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.journal import GENESIS, groups
from apps.markets.simulator.core.storage import Storage

Line = dict[str, Any]
ZERO = Decimal(0)


@exactly
def read_truth(storage: Storage) -> dict[str, Any]:
    """Everything in the journal as JSON takes it; numbers are text.

    Raises JournalBroken where the chain or a balance does not hold.
    """
    told = _Told()
    head = GENESIS
    for group in groups(storage):
        head = group.head
        for raw in group.lines:
            told.lines += 1
            told.hear(orjson.loads(raw))
    return told.export() | {"lines": told.lines, "hash": head}


class _Told:
    """What the lines heard so far add up to."""

    def __init__(self) -> None:
        self.lines = 0
        self.accounts: dict[str, Line] = {}
        self.instruments: dict[str, Line] = {}
        self.orders: dict[int, Line] = {}
        self.fills: list[Line] = []
        self.triggers: dict[int, Line] = {}
        self.refusals: list[Line] = []
        self.requests: Counter[str] = Counter()
        self.balances: dict[tuple[str, str], list[Decimal]] = {}

    def hear(self, line: Line) -> None:
        """One line; kinds without a method of their own say nothing here."""
        method = getattr(self, f"_{line['k']}", None)
        if method is not None:
            method(line)

    def export(self) -> dict[str, Any]:
        balances: dict[str, dict[str, dict[str, str]]] = {}
        for (account, currency), (available, locked) in self.balances.items():
            balances.setdefault(account, {})[currency] = {
                "available": f"{available:f}",
                "locked": f"{locked:f}",
            }
        return {
            "accounts": list(self.accounts.values()),
            "instruments": list(self.instruments.values()),
            "orders": [_order_text(order) for order in self.orders.values()],
            "fills": self.fills,
            "balances": balances,
            "triggers": list(self.triggers.values()),
            "refusals": self.refusals,
            "requests": dict(self.requests),
        }

    def _account(self, line: Line) -> None:
        self.accounts[line["id"]] = _without_frame(line)

    def _instrument(self, line: Line) -> None:
        self.instruments[line["id"]] = _without_frame(line)

    def _request(self, line: Line) -> None:
        if line["text"]:
            self.requests[line["text"]] += 1

    def _refuse(self, line: Line) -> None:
        self.refusals.append(_without_frame(line) | {"time_ms": line["t"]})

    def _accept(self, line: Line) -> None:
        order = _without_frame(line)
        order |= {"status": "open", "finish_as": "open", "left": line["amount"]}
        order |= {"filled_amount": ZERO, "filled_total": ZERO, "fee": ZERO}
        order |= {"create_time_ms": line["t"], "update_time_ms": line["t"]}
        self.orders[line["order"]] = order

    def _fill(self, line: Line) -> None:
        order = self.orders[line["order"]]
        amount = Decimal(line["amount"])
        order["left"] = line["left"]
        order["locked"] = line["locked"]
        order["filled_amount"] += amount
        order["filled_total"] += amount * Decimal(line["price"])
        order["update_time_ms"] = line["t"]
        self.fills.append(_without_frame(line) | {"time_ms": line["t"]})

    def _fee(self, line: Line) -> None:
        self.orders[line["order"]]["fee"] += Decimal(line["amount"])
        self.fills[-1] |= {"fee": line["amount"], "fee_currency": line["currency"]}

    def _close(self, line: Line) -> None:
        self._end(line, "closed")

    def _cancel(self, line: Line) -> None:
        self._end(line, "cancelled")

    def _end(self, line: Line, status: str) -> None:
        order = self.orders[line["order"]]
        order |= {"status": status, "finish_as": line["finish_as"]}
        order |= {"left": line["left"], "locked": "0", "update_time_ms": line["t"]}

    def _amend(self, line: Line) -> None:
        order = self.orders[line["order"]]
        for name in ("price", "amount", "left", "locked", "priority", "amend_text"):
            order[name] = line[name]
        order["update_time_ms"] = line["t"]

    def _balance(self, line: Line) -> None:
        sums = self.balances.setdefault((line["account"], line["currency"]), [ZERO] * 2)
        for index, name in enumerate(("available", "locked")):
            sums[index] += Decimal(line[f"{name}_change"])
            if sums[index] != Decimal(line[name]):
                reason = f"{name} adds up to {sums[index]}, not {line[name]}"
                raise JournalBroken(self.lines, reason)

    def _trigger(self, line: Line) -> None:
        self.triggers[line["id"]] = _without_frame(line)

    def _trigger_end(self, line: Line) -> None:
        trigger = self.triggers[line["id"]]
        for name in ("status", "reason", "fired_order_id"):
            trigger[name] = line[name]
        trigger["finish_time_ms"] = line["t"]


def _without_frame(line: Line) -> Line:
    frame = ("prev", "n", "t", "k", "end")
    return {name: value for name, value in line.items() if name not in frame}


def _order_text(order: Line) -> Line:
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in order.items()
    }
