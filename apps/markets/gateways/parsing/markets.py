"""Trading rules, from ccxt's market and the exchange's own row behind it."""

from decimal import Decimal
from typing import Any

from apps.markets.gateways.sieve import (
    moment_or_none,
    number_or_none,
    price_or_none,
    quantity_or_none,
    text,
    text_or_empty,
)
from apps.markets.gateways.types import Kind, MarketRules, MarketStatus

_DECIMAL_PLACES, _TICK_SIZE = 2, 4  # ccxt's precisionMode


def market_rules(
    market: dict[str, Any], *, precision_mode: int, now_ms: int
) -> MarketRules | None:
    """None for what we do not trade: margin twins, deliveries, options, coin-margined.

    Raises Bad for a rule that cannot be.
    """
    kind = _kind(market)
    if kind is None:
        return None
    limits, steps = market.get("limits") or {}, market.get("precision") or {}
    amount, cost = limits.get("amount") or {}, limits.get("cost") or {}
    row = market.get("info")
    info: dict[str, Any] = row if isinstance(row, dict) else {}
    delisted_at_ms = _delisting_ms(info)
    return MarketRules(
        symbol=text(market.get("symbol"), "symbol"),
        exchange_id=text(market.get("id"), "id"),
        base=text(market.get("base"), "base"),
        quote=text(market.get("quote"), "quote"),
        kind=kind,
        settle=text_or_empty(market.get("settle"), "settle"),
        contract_size=price_or_none(market.get("contractSize"), "contract size"),
        tick_size=_step(steps.get("price"), precision_mode, "tick size"),
        lot_size=_step(steps.get("amount"), precision_mode, "lot size"),
        min_quantity=quantity_or_none(amount.get("min"), "minimum quantity"),
        max_quantity=quantity_or_none(amount.get("max"), "maximum quantity"),
        min_notional=quantity_or_none(cost.get("min"), "minimum notional"),
        max_notional=quantity_or_none(cost.get("max"), "maximum notional"),
        maker_fee=_literal(market.get("maker"), "maker fee"),
        taker_fee=_literal(market.get("taker"), "taker fee"),
        status=_status(market, info, delisted_at_ms, now_ms),
        listed_at_ms=moment_or_none(market.get("created") or None, "listing time"),
        delisted_at_ms=delisted_at_ms,
    )


def _kind(market: dict[str, Any]) -> Kind | None:
    if market.get("spot") is True:
        return Kind.SPOT
    if market.get("swap") is True and market.get("linear") is True:
        return Kind.PERPETUAL
    return None


def _step(raw: Any, precision_mode: int, name: str) -> Decimal | None:
    if raw is None:
        return None
    if precision_mode == _DECIMAL_PLACES:
        return Decimal(1).scaleb(-int(raw))
    if precision_mode != _TICK_SIZE:
        return None
    step = price_or_none(_text_of(raw), name)
    if step is None:
        return None
    plain = step.normalize()
    # 1E+1 is what normalising makes of ten.
    return plain if int(plain.as_tuple().exponent) <= 0 else plain.quantize(Decimal(1))


def _literal(raw: Any, name: str) -> Decimal | None:
    return number_or_none(_text_of(raw), name)


def _text_of(raw: Any) -> Any:
    # ccxt writes fees and steps that no exchange tells as float literals in its source.
    return str(raw) if isinstance(raw, float) else raw


def _delisting_ms(info: dict[str, Any]) -> int | None:
    raw = info.get("delisting_time") or info.get("delisted_time")
    seconds = number_or_none(raw, "delisting time")
    return moment_or_none(int(seconds * 1000), "delisting time") if seconds else None


def _status(
    market: dict[str, Any],
    info: dict[str, Any],
    delisted_at_ms: int | None,
    now_ms: int,
) -> MarketStatus:
    """Gate.io's own words where it has them: ccxt's "active" knows margin, not this."""
    said = str(info.get("trade_status") or info.get("status") or "").lower()
    is_over = delisted_at_ms is not None and delisted_at_ms <= now_ms
    if is_over or said in ("delisted", "close", "closed", "break_delisted"):
        return MarketStatus.DELISTED
    if market.get("active") is False or info.get("in_delisting") is True:
        return MarketStatus.HALTED
    if "trade_status" in info and said != "tradable":
        return MarketStatus.HALTED
    return MarketStatus.ACTIVE
