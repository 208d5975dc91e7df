"""How orders, fills and the rest are written in the journal, and read back."""

from decimal import Decimal
from typing import Any

from apps.markets.simulator.core.accounts import Account, BookEntry
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import (
    Fill,
    Order,
    OrderRequest,
    Trigger,
    TriggerRequest,
)

Line = dict[str, Any]


def _decimals(kind: type) -> frozenset[str]:
    return frozenset(
        name
        for name, type in kind.__annotations__.items()
        if type in (Decimal, Decimal | None)
    )


_NAMES: dict[type, tuple[str, ...]] = {
    kind: tuple(kind.__annotations__)
    for kind in (Order, Fill, Instrument, OrderRequest, BookEntry)
}
_DECIMALS: dict[type, frozenset[str]] = {kind: _decimals(kind) for kind in _NAMES}


def to_line(value: Order | Fill | Instrument | OrderRequest | BookEntry) -> Line:
    """All fields; decimals as text."""
    kind = type(value)
    decimals = _DECIMALS[kind]
    line = {name: getattr(value, name) for name in _NAMES[kind]}
    for name in decimals:
        if line[name] is not None:
            line[name] = str(line[name])
    return line


def _values(kind: type, line: Line) -> Line:
    decimals = _DECIMALS[kind]
    return {
        name: Decimal(line[name])
        if name in decimals and line[name] is not None
        else line[name]
        for name in _NAMES[kind]
    }


def order_of(line: Line) -> Order:
    return Order(**_values(Order, line))


def fill_of(line: Line) -> Fill:
    return Fill(**_values(Fill, line))


def instrument_of(line: Line) -> Instrument:
    return Instrument(**_values(Instrument, line))


def request_of(line: Line) -> OrderRequest:
    return OrderRequest(**_values(OrderRequest, line))


def entry_of(line: Line) -> BookEntry:
    return BookEntry(**_values(BookEntry, line))


def account_line(account: Account) -> Line:
    """Without keys (secrets stay in memory) and balances (which have own lines)."""
    return {
        "id": account.id,
        "uid": account.uid,
        "maker_fee": None if account.maker_fee is None else str(account.maker_fee),
        "taker_fee": None if account.taker_fee is None else str(account.taker_fee),
        "stp_group": account.stp_group,
        "is_unlimited": account.is_unlimited,
    }


def account_of(line: Line) -> Account:
    maker, taker = line["maker_fee"], line["taker_fee"]
    return Account(
        id=line["id"],
        uid=line["uid"],
        maker_fee=None if maker is None else Decimal(maker),
        taker_fee=None if taker is None else Decimal(taker),
        stp_group=line["stp_group"],
        is_unlimited=line["is_unlimited"],
    )


def trigger_line(trigger: Trigger) -> Line:
    request = trigger.request
    return {
        "id": trigger.id,
        "account_id": trigger.account_id,
        "put": to_line(request.put),
        "price": str(request.price),
        "rule": request.rule,
        "expiration_s": request.expiration_s,
        "create_time_ms": trigger.create_time_ms,
        "status": trigger.status,
        "finish_time_ms": trigger.finish_time_ms,
        "fired_order_id": trigger.fired_order_id,
        "reason": trigger.reason,
    }


def trigger_of(line: Line) -> Trigger:
    request = TriggerRequest(
        put=request_of(line["put"]),
        price=Decimal(line["price"]),
        rule=line["rule"],
        expiration_s=line["expiration_s"],
    )
    return Trigger(
        id=line["id"],
        account_id=line["account_id"],
        request=request,
        create_time_ms=line["create_time_ms"],
        status=line["status"],
        finish_time_ms=line["finish_time_ms"],
        fired_order_id=line["fired_order_id"],
        reason=line["reason"],
    )
