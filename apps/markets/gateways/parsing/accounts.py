"""What an account holds, pays, may do, ordered and got, from ccxt's dicts."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal, cast

from apps.common.wording import gettext as _
from apps.markets.gateways.parsing.quotes import once, side_or_none
from apps.markets.gateways.sieve import (
    Bad,
    Notes,
    moment,
    moment_or_none,
    number,
    number_or_none,
    price,
    price_or_none,
    quantity,
    quantity_or_none,
    sifted,
    text,
    text_or_empty,
)
from apps.markets.gateways.types import (
    Balance,
    FeePaid,
    Fees,
    FillReport,
    OrderReport,
    OrderState,
)

_NOT_CURRENCIES = frozenset(
    {"info", "free", "used", "total", "debt", "timestamp", "datetime"}
)


def balances(raw: dict[str, Any], notes: Notes) -> tuple[Balance, ...]:
    """By currency. Balances may be below zero where money is owed."""
    rows = [(code, raw[code]) for code in sorted(raw) if code not in _NOT_CURRENCIES]
    return sifted(rows, _balance, "balance", notes)


def _balance(row: tuple[str, Any]) -> Balance:
    code, amounts = row
    available = number(amounts.get("free"), f"{code}.available")
    reserved = number_or_none(amounts.get("used"), f"{code}.reserved") or Decimal(0)
    total = number_or_none(amounts.get("total"), f"{code}.total")
    return Balance(
        currency=text(code, "currency"),
        available=available,
        reserved=reserved,
        total=available + reserved if total is None else total,
    )


def fees(raw: dict[str, Any], symbol: str) -> Fees:
    """Ratios; a maker's may be below zero. Raises Bad."""
    return Fees(
        symbol=symbol,
        maker=number(raw.get("maker"), "maker fee"),
        taker=number(raw.get("taker"), "taker fee"),
    )


def fills(rows: Iterable[Any], notes: Notes) -> tuple[FillReport, ...]:
    """Oldest first, each id once."""
    return once(sifted(rows, _fill, "fill", notes), notes)


def _fill(raw: dict[str, Any]) -> FillReport:
    side = side_or_none(raw.get("side"))
    if side is None:
        raise Bad("side", _("missing"), None)
    role = raw.get("takerOrMaker")
    return FillReport(
        id=text(raw.get("id"), "id"),
        order_id=text_or_empty(raw.get("order"), "order id"),
        client_order_id=_client_id(raw),
        symbol=text(raw.get("symbol"), "symbol"),
        side=side,
        role=cast(Literal["maker", "taker"], role)
        if role in ("maker", "taker")
        else "",
        price=price(raw.get("price"), "price"),
        quantity=price(raw.get("amount"), "quantity"),
        cost=quantity(raw.get("cost"), "cost"),
        fees=_fees_paid(raw),
        time_ms=moment(raw.get("timestamp"), "time"),
    )


def _client_id(raw: dict[str, Any]) -> str:
    info = raw.get("info")
    theirs = info.get("text") if isinstance(info, dict) else ""
    return text_or_empty(raw.get("clientOrderId") or theirs, "client order id")


def _fees_paid(raw: dict[str, Any]) -> tuple[FeePaid, ...]:
    """Each currency that was taken; Gate.io may take its own coin or points as well."""
    listed = raw.get("fees") or [raw.get("fee")]
    paid = []
    for fee in listed:
        if not isinstance(fee, dict) or fee.get("cost") is None:
            continue
        amount = number(fee["cost"], "fee")
        if amount:
            paid.append(FeePaid(text(fee.get("currency"), "fee currency"), amount))
    return tuple(paid)


def orders(rows: Iterable[Any], notes: Notes) -> tuple[OrderReport, ...]:
    """Oldest first."""
    found = sifted(rows, order, "order", notes)
    return tuple(sorted(found, key=lambda row: (row.created_at_ms or 0, row.id)))


def order(raw: dict[str, Any]) -> OrderReport:
    """Raises Bad. The price of a market order is told as None, never as zero."""
    status = text_or_empty(raw.get("status"), "status")
    filled = quantity_or_none(raw.get("filled"), "filled")
    remaining = quantity_or_none(raw.get("remaining"), "remaining")
    return OrderReport(
        id=text(raw.get("id"), "id"),
        client_order_id=text_or_empty(raw.get("clientOrderId"), "client order id"),
        symbol=text(raw.get("symbol"), "symbol"),
        side=side_or_none(raw.get("side")),
        order_type=text_or_empty(raw.get("type"), "type"),
        time_in_force=text_or_empty(raw.get("timeInForce"), "time in force"),
        state=_state(status, filled, remaining),
        end_reason=_end_reason(raw, status),
        price=price_or_none(raw.get("price"), "price"),
        average=price_or_none(raw.get("average"), "average"),
        trigger_price=price_or_none(raw.get("triggerPrice"), "trigger price"),
        quantity=quantity_or_none(raw.get("amount"), "quantity"),
        filled=filled,
        remaining=remaining,
        cost=quantity_or_none(raw.get("cost"), "cost"),
        fees=_fees_paid(raw),
        is_post_only=raw.get("postOnly") is True,
        is_reduce_only=raw.get("reduceOnly") is True,
        created_at_ms=moment_or_none(raw.get("timestamp"), "created"),
        updated_at_ms=moment_or_none(
            raw.get("lastUpdateTimestamp") or raw.get("lastTradeTimestamp"), "updated"
        ),
    )


def _state(status: str, filled: Decimal | None, left: Decimal | None) -> OrderState:
    """By what was filled, never by the word alone: Gate.io has called a market buy
    "cancelled" with all of it bought, and a trigger that fired is "closed" unfilled.

    ccxt passes a dozen of Gate.io's endings through raw: every one is an end.
    """
    if status == "open":
        return OrderState.OPEN
    if filled and (status == "closed" or left == 0):
        return OrderState.FILLED
    return OrderState.ENDED


def _end_reason(raw: dict[str, Any], status: str) -> str:
    if status == "open":
        return ""
    info = raw.get("info")
    said = info.get("finish_as") if isinstance(info, dict) else None
    return text_or_empty(said or status, "end reason")
