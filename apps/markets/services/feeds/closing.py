"""Closed candles: stored, told of once, in order, by whoever holds the instrument.

Candles, cursor and events are one transaction that checks both leases: that of the
series (one writer) and that of the instrument (one feed). A process that was thought
dead and wakes up writes nothing, and a second telling finds the cursor moved.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final

import numpy as np
from django.db import transaction

from apps.common import clock
from apps.common.events import outbox
from apps.common.leases import Held
from apps.markets.candles import store
from apps.markets.candles.bars import Bars
from apps.markets.candles.merge import Mode
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.events import CandleClosed
from apps.markets.gateways.types import Candle
from apps.markets.models import CandleCursor, Instrument, Series

# A write takes milliseconds; one that was killed must not hold up who takes over.
_WRITE_S: Final = 3.0


def close_candles(
    instrument: Instrument,
    timeframe: str,
    candles: Sequence[Candle],
    lease: Held,
    *,
    now_ms: int,
) -> int:
    """Store and tell of them; returns how many were news.

    ``now_ms`` is the exchange's time: what is late is judged by it.
    Raises ImportRunning while another writes the series, LeaseLost when the series or
    the instrument is somebody else's: nothing has happened then.
    """
    with _writing(instrument, timeframe) as held:
        series = _series(instrument, timeframe)
        chunks = store.prepared(held, series, _bars(candles, timeframe), Mode.MERGE)
        with transaction.atomic():
            lease.check()
            store.commit(held, series, chunks, Mode.MERGE)
            return _tell(instrument, timeframe, candles, now_ms)


def correct_candles(
    instrument: Instrument, timeframe: str, candles: Sequence[Candle], lease: Held
) -> None:
    """Store what REST shows otherwise than it was told. Raises as ``close_candles``."""
    with _writing(instrument, timeframe) as held:
        series = _series(instrument, timeframe)
        chunks = store.prepared(held, series, _bars(candles, timeframe), Mode.MERGE)
        with transaction.atomic():
            lease.check()
            store.commit(held, series, chunks, Mode.MERGE)


def cursor_of(instrument_id: int, timeframe: str) -> int | None:
    """The open time of the next candle to tell of; None: of none so far."""
    rows = CandleCursor.objects.filter(instrument_id=instrument_id, timeframe=timeframe)
    return rows.values_list("next_ms", flat=True).first()


def _writing(instrument: Instrument, timeframe: str) -> AbstractContextManager[Held]:
    code, symbol = instrument.exchange.code, instrument.symbol
    return store.writing(code, symbol, timeframe, ttl_s=_WRITE_S)


def _series(instrument: Instrument, timeframe: str) -> Series:
    series, _made = Series.objects.get_or_create(
        instrument=instrument, timeframe=timeframe
    )
    series.instrument = instrument
    return series


def _tell(
    instrument: Instrument, timeframe: str, candles: Sequence[Candle], now_ms: int
) -> int:
    step_ms = timeframe_ms(timeframe)
    cursor = (
        CandleCursor.objects.select_for_update()
        .filter(instrument=instrument, timeframe=timeframe)
        .first()
    ) or CandleCursor(instrument=instrument, timeframe=timeframe, next_ms=0)
    news = [candle for candle in candles if candle.time_ms >= cursor.next_ms]
    for candle in news:
        is_late = now_ms - candle.time_ms > 2 * step_ms
        outbox.add(
            CandleClosed(
                instrument_id=instrument.pk,
                exchange=instrument.exchange.code,
                symbol=instrument.symbol,
                timeframe=timeframe,
                time_ms=candle.time_ms,
                open=candle.open,
                high=candle.high,
                low=candle.low,
                close=candle.close,
                volume=candle.volume,
                is_late=is_late,
            )
        )
    if news:
        cursor.next_ms, cursor.told_at = news[-1].time_ms + step_ms, clock.now()
        cursor.save()
    return len(news)


def _bars(candles: Sequence[Candle], timeframe: str) -> Bars:
    times = np.array([candle.time_ms for candle in candles], np.int64)
    columns = [
        np.array([float(getattr(candle, name)) for candle in candles], np.float64)
        for name in ("open", "high", "low", "close", "volume")
    ]
    return Bars.of([times, *columns], timeframe)
