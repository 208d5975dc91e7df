"""A month of candles survives being stored, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.markets.candles import cache, codec, months
from apps.markets.candles.bars import Bars
from apps.markets.candles.timeframes import TIMEFRAMES, timeframe_ms
from apps.markets.errors import CorruptedChunk
from apps.markets.factories import make_bars
from apps.markets.tests.comparing import same


def decoded(chunk: codec.Chunk, timeframe: str) -> Bars:
    words = np.empty((cache.ROWS, chunk.bar_count), np.int64)
    codec.decode_into(chunk, timeframe, words)
    return cache.bars_from(words, timeframe)


@given(
    timeframe=st.sampled_from(list(TIMEFRAMES)),
    present=st.lists(st.booleans(), min_size=1, max_size=200).filter(any),
    shift=st.integers(0, 500),
    bits=st.integers(0, 2**32),
)
def test_any_bits_on_any_grid_come_back(timeframe, present, shift, bits):
    step = timeframe_ms(timeframe)
    slots = np.flatnonzero(present)
    values = np.random.default_rng(bits).integers(0, 256, (5, len(slots) * 8), np.uint8)
    times = (slots + shift).astype(np.int64) * step
    bars = Bars(times, *values.view(np.float64), timeframe)

    chunk = codec.encode(197001, bars)

    assert same(decoded(chunk, timeframe), bars)
    assert chunk.bar_count == len(slots)
    assert chunk.row_count == slots[-1] - slots[0] + 1


def test_neighbouring_prices_shrink_when_stored():
    bars = make_bars(44_640, timeframe="1m")

    assert len(codec.encode(202401, bars).data) < 0.9 * 40 * len(bars)


@pytest.mark.parametrize(
    "change",
    [
        {"start_ms": 0},
        {"bar_count": 99},
        {"month": 202402},
        {"data": b"x" * 50},
        {"schema_version": 2},
        {"codec": "gzip"},
    ],
)
def test_a_changed_chunk_is_refused(change):
    chunk = replace(codec.encode(202401, make_bars()), **change)

    with pytest.raises(CorruptedChunk):
        decoded(chunk, "1h")


def test_damaged_data_with_a_fitting_checksum_is_refused():
    chunk = codec.encode(202401, make_bars())
    data = chunk.data[:-20]
    seal = codec.checksum(
        chunk.month, chunk.start_ms, chunk.row_count, chunk.bar_count, data
    )

    with pytest.raises(CorruptedChunk):
        decoded(replace(chunk, data=data, sha256=seal), "1h")


def test_months_are_cut_at_midnight_utc():
    bars = make_bars(24 * 40)

    parts = dict(months.split_by_month(bars))

    assert {month: len(part) for month, part in parts.items()} == {
        202401: 24 * 31,
        202402: 24 * 9,
    }
    assert parts[202402].time_ms[0] == months.month_start_ms(202402)
    assert months.month_end_ms(202401) == months.month_start_ms(202402)


def test_months_between_cross_the_year():
    assert list(months.months_between(202311, 202402)) == [
        202311,
        202312,
        202401,
        202402,
    ]
