"""Candles: at most 1,000 a call, at most so many back as the quirks say (10,000).

Source: the protocol reference, part 2.3.
"""

from decimal import Decimal
from itertools import groupby
from typing import Final

from apps.common.clock import from_ms, to_ms
from apps.markets.simulator.market_data import INTERVAL_MS, Candle, MarketData
from apps.markets.simulator.web import objects
from apps.markets.simulator.web.context import Call
from apps.markets.simulator.web.errors import GateError, invalid, unknown_pair
from apps.markets.simulator.web.params import Fields
from apps.markets.simulator.web.rest import routes

MOST_ROWS: Final = 1000
# A month has no length; this one bounds how many can be asked for.
STEP_MS: Final = {**INTERVAL_MS, "30d": 2_592_000_000, "1w": INTERVAL_MS["7d"]}


@routes.route("GET", "/spot/candlesticks")
async def candlesticks(call: Call) -> list[list[str]]:
    """Rows ascend; the last may be the running candle."""
    fields = Fields(call.request.params)
    pair = fields.text("currency_pair")
    if pair not in call.venue.instruments:
        raise unknown_pair(pair)
    interval = fields.choice("interval", tuple(STEP_MS), "30m")
    now = call.exchange.now_ms()
    start, end, limit = _range(fields, STEP_MS[interval], now)
    _check_age(start, STEP_MS[interval], now, call.venue.quirks.candle_reach)
    market = call.exchange.market
    if interval == "30d":
        found = months(market, pair, start, end)[-limit:]
    else:
        name = "7d" if interval == "1w" else interval
        found = list(market.candles(pair, name, start, end, limit))
    return [objects.candle(item) for item in found]


def months(market: MarketData, pair: str, start: int, end: int) -> list[Candle]:
    """Months of the calendar that open within start..end, folded out of days."""
    days = (end - start) // INTERVAL_MS["1d"] + 32
    rows = market.candles(pair, "1d", start, end, days)
    groups = groupby(rows, key=lambda day: from_ms(day.ts_ms).strftime("%Y-%m"))
    folded = [_folded(list(group)) for _, group in groups]
    # A range that begins within a month does not show that month.
    return [month for month in folded if month.ts_ms >= start]


def _folded(days: list[Candle]) -> Candle:
    first = from_ms(days[0].ts_ms).replace(day=1)
    next_day = from_ms(days[-1].ts_ms + INTERVAL_MS["1d"])
    return Candle(
        to_ms(first),
        days[0].open,
        max(day.high for day in days),
        min(day.low for day in days),
        days[-1].close,
        sum((day.base_volume for day in days), Decimal(0)),
        sum((day.quote_volume for day in days), Decimal(0)),
        closed=days[-1].closed and next_day.day == 1,
    )


def _range(fields: Fields, step: int, now: int) -> tuple[int, int, int]:
    """First and last open time, in milliseconds, and how many rows at most."""
    start, end = fields.seconds_ms("from"), fields.seconds_ms("to")
    if start is None:
        limit = fields.whole("limit", 100, low=1, high=MOST_ROWS)
        last = now if end is None else min(end, now)
        start = last - limit * step
    elif fields.has("limit"):
        raise invalid("limit", "limit cannot be used together with from")
    else:
        limit = MOST_ROWS
        last = now if end is None else end
        _check_width(start, last, step)
    return start, last, limit


def _check_width(start: int, last: int, step: int) -> None:
    if start > last:
        raise invalid("from", start // 1000)
    # Without "to" the end is now, which stands somewhere within a step.
    if (last - start) // step > MOST_ROWS - 1:
        raise GateError(
            "INVALID_PARAM_VALUE",
            "Candlestick range too broad. "
            "Maximum 1000 data points are allowed per request",
        )


def _check_age(start: int, step: int, now: int, reach: int) -> None:
    if reach and start < now - reach * step:
        raise GateError(
            "INVALID_PARAM_VALUE",
            f"Candlestick too long ago. Maximum {reach} points ago are allowed",
        )
