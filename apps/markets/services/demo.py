"""The demo's data: a year of a seeded random market, labelled synthetic everywhere."""

import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

from apps.common import clock
from apps.common.leases import held
from apps.markets.candles import store
from apps.markets.candles.aggregate import aggregate
from apps.markets.candles.bars import Bars
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.models import SEEDED_NOTE, Exchange, Instrument, Series
from apps.markets.synthetic import SyntheticMarket, minute_bars

logger = logging.getLogger(__name__)

EXCHANGE: Final = "synthetic"
DAYS: Final = 365
MINUTE_DAYS: Final = 30
_DAY_MS: Final = timeframe_ms("1d")


@dataclass(frozen=True, slots=True)
class _Demo:
    symbol: str
    market: SyntheticMarket
    seed: int


_DEMOS: Final = (
    _Demo("BTC/USDT", SyntheticMarket(42_000, 0.1, 0.00001, 1.4), 42),
    _Demo("ETH/USDT", SyntheticMarket(2_300, 0.01, 0.0001, 22, 1.2), 43),
    _Demo("SOL/USDT", SyntheticMarket(95, 0.01, 0.001, 620, 1.5), 44),
)


def load_demo() -> list[Series]:
    """Three instruments with a year of 1h and the last month of it in 1m.

    Ends at the midnight before the first load; does nothing where the candles are
    there already, so it may run at every start. Raises LeaseHeld while another
    process loads it.
    """
    with held("demo:candles"):
        end_ms = _end_ms()
        return [series for demo in _DEMOS for series in _load(demo, end_ms)]


def _load(demo: _Demo, end_ms: int) -> list[Series]:
    instrument = _instrument(demo)
    found = [_series(instrument, timeframe, demo) for timeframe in ("1h", "1m")]
    if not all(series.bar_count for series in found):
        hours, minutes = _bars(demo, end_ms)
        for series, bars in zip(found, (hours, minutes), strict=True):
            store.write_bars(series, bars)
        logger.info("demo.loaded", extra={"symbol": demo.symbol, "seed": demo.seed})
    return found


def _bars(demo: _Demo, end_ms: int) -> tuple[Bars, Bars]:
    """A year of 1h bars, and the minutes of the last month that they are made of."""
    start_ms = end_ms - DAYS * _DAY_MS
    bars = minute_bars(demo.market, start_ms=start_ms, days=DAYS, seed=demo.seed)
    return aggregate(bars, "1h"), bars.within(end_ms - MINUTE_DAYS * _DAY_MS, None)


def _end_ms() -> int:
    """Where the demo ends: as at the first load, also when that was cut short."""
    loaded = Series.objects.with_candles().filter(
        instrument__exchange__code=EXCHANGE, timeframe="1h"
    )
    last_ms: int | None = loaded.values_list("last_ms", flat=True).first()
    if last_ms is not None:
        return last_ms + timeframe_ms("1h")
    return clock.now_ms() // _DAY_MS * _DAY_MS


@transaction.atomic
def _instrument(demo: _Demo) -> Instrument:
    exchange, _made = Exchange.objects.get_or_create(
        code=EXCHANGE, defaults={"name": "Synthetic", "is_synthetic": True}
    )
    base, quote = demo.symbol.split("/")
    instrument, _made = Instrument.objects.get_or_create(
        exchange=exchange,
        symbol=demo.symbol,
        defaults={
            "base": base,
            "quote": quote,
            "tick_size": Decimal(repr(demo.market.tick_size)),
            "lot_size": Decimal(f"{demo.market.lot_size:f}"),
            "minimum_notional": Decimal(5),
        },
    )
    return instrument


def _series(instrument: Instrument, timeframe: str, demo: _Demo) -> Series:
    series, _made = Series.objects.get_or_create(
        instrument=instrument,
        timeframe=timeframe,
        defaults={
            "is_synthetic": True,
            "note": SEEDED_NOTE % {"seed": demo.seed},
        },
    )
    return series
