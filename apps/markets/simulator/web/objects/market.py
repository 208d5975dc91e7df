"""What everybody sees of a market: trades, book, candles, ticker."""

from decimal import Decimal
from typing import Any

from apps.markets.simulator.core.orders import BookView, PublicTrade
from apps.markets.simulator.market_data import Candle, Ticker
from apps.markets.simulator.web.objects.numbers import micro_ms, number


def trade(item: PublicTrade) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "create_time": str(item.time_ms // 1000),
        "create_time_ms": micro_ms(item.time_ms),
        "currency_pair": item.instrument,
        "side": item.side,
        "amount": number(item.amount),
        "price": number(item.price),
        "sequence_id": str(item.id),
    }


def pushed_trade(item: PublicTrade) -> dict[str, Any]:
    return {
        "id": item.id,
        "create_time": item.time_ms // 1000,
        "create_time_ms": micro_ms(item.time_ms),
        "side": item.side,
        "currency_pair": item.instrument,
        "amount": number(item.amount),
        "price": number(item.price),
        "id_market": item.id,
        "range": f"{item.id}-{item.id}",
    }


def levels(side: tuple[tuple[Decimal, Decimal], ...]) -> list[list[str]]:
    return [[number(price), number(amount)] for price, amount in side]


def book(view: BookView, now_ms: int, *, with_id: bool) -> dict[str, Any]:
    """A book over REST; ``current`` is the time of the answer."""
    return {
        **({"id": view.id} if with_id else {}),
        "current": now_ms,
        "update": view.update_ms,
        "asks": levels(view.asks),
        "bids": levels(view.bids),
    }


def candle(item: Candle) -> list[str]:
    """Eight texts; the volume in quote stands second, the one in base seventh."""
    return [
        str(item.ts_ms // 1000),
        number(item.quote_volume),
        number(item.close),
        number(item.high),
        number(item.low),
        number(item.open),
        number(item.base_volume),
        "true" if item.closed else "false",
    ]


def pushed_candle(pair: str, interval: str, item: Candle) -> dict[str, Any]:
    """A candle's push: ``v`` is the volume in quote, ``a`` in base, ``w`` closed."""
    return {
        "t": str(item.ts_ms // 1000),
        "v": number(item.quote_volume),
        "c": number(item.close),
        "h": number(item.high),
        "l": number(item.low),
        "o": number(item.open),
        "n": f"{interval}_{pair}",
        "a": number(item.base_volume),
        "w": item.closed,
    }


def ticker(pair: str, day: Ticker | None, view: BookView) -> dict[str, Any]:
    """The last 24 hours with the touch; a market without a price shows zeros."""
    zero = Decimal(0)
    seen = day or Ticker(zero, zero, zero, zero, zero, zero)
    ask = view.asks[0] if view.asks else (None, None)
    bid = view.bids[0] if view.bids else (None, None)
    change = (seen.last / seen.open - 1) * 100 if seen.open else zero
    percentage = f"{change:.2f}"
    return {
        "currency_pair": pair,
        "last": number(seen.last),
        "lowest_ask": _or_empty(ask[0]),
        "lowest_size": _or_empty(ask[1]),
        "highest_bid": _or_empty(bid[0]),
        "highest_size": _or_empty(bid[1]),
        "change_percentage": percentage,
        "change_utc0": percentage,
        "change_utc8": percentage,
        "base_volume": number(seen.base_volume),
        "quote_volume": number(seen.quote_volume),
        "high_24h": number(seen.high),
        "low_24h": number(seen.low),
    }


def _or_empty(value: Decimal | None) -> str:
    return "" if value is None else number(value)
