"""The store: months, gaps, overlaps, checksums, one writer."""

import numpy as np
import pytest

from apps.common.errors import InvalidInput
from apps.common.leases import LeaseLost
from apps.markets import selectors
from apps.markets.candles import store
from apps.markets.candles.merge import Mode
from apps.markets.candles.months import month_start_ms
from apps.markets.errors import CorruptedChunk, ImportRunning
from apps.markets.factories import JANUARY_2024_MS, make_bars, make_series, make_stored
from apps.markets.models import CandleChunk
from apps.markets.tests.comparing import same

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


def seals(series):
    return dict(series.chunks.values_list("month", "sha256"))


def test_what_was_written_is_read():
    bars = make_bars(2000, missing=(3, 4, 900))

    series = make_stored(bars)

    assert same(store.read_bars(series), bars)
    assert (series.bar_count, series.missing_count) == (1997, 3)
    assert series.first_ms == bars.time_ms[0]
    assert series.last_ms == bars.time_ms[-1]


def test_reading_again_gives_the_same_from_the_file():
    series = make_stored(bars := make_bars(500))
    store.read_bars(series)
    store.cache.flush()

    again = store.read_bars(series)

    assert same(again, bars)
    assert not again.close.flags.writeable


def test_only_touched_months_are_rewritten():
    series = make_stored(make_bars(24 * 90))
    before = seals(series)

    store.write_bars(
        series, make_bars(5, seed=9, start_ms=month_start_ms(202402) + HOUR_MS)
    )

    changed = {month for month, seal in seals(series).items() if seal != before[month]}
    assert changed == {202402}


def test_an_overlapping_write_changes_what_is_read():
    series = make_stored(old := make_bars(100))
    store.read_bars(series)
    new = make_bars(100, seed=5, start_ms=int(old.time_ms[60]))

    written = store.write_bars(series, new)

    assert written.added_count == 60
    read = store.read_bars(series)
    assert same(read.between(0, 60), old.between(0, 60))
    assert same(read.between(60, 160), new)


def test_a_month_without_candles_counts_as_missing():
    series = make_stored(make_bars(24))
    store.write_bars(series, make_bars(24, start_ms=month_start_ms(202403)))

    assert series.missing_count == 24 * 59
    assert selectors.coverage(series) == [
        (202401, 24, 24 * 31),
        (202402, 0, 24 * 29),
        (202403, 24, 24),
    ]


def test_replacing_leaves_only_the_new_candles():
    series = make_stored(make_bars(24 * 90))

    store.write_bars(series, new := make_bars(10, seed=3), Mode.REPLACE)

    assert same(store.read_bars(series), new)
    assert set(seals(series)) == {202401}


def test_the_same_candles_give_the_same_hash():
    bars = make_bars(3000)
    one, other = make_stored(bars), make_stored(bars, symbol="ETH/USDT")

    assert one.data_hash == other.data_hash

    store.write_bars(other, bars.between(0, 2999), Mode.REPLACE)
    assert one.data_hash != other.data_hash


def test_a_period_includes_its_start_and_not_its_end():
    series = make_stored(bars := make_bars(100))
    start, end = int(bars.time_ms[10]), int(bars.time_ms[20])

    assert same(store.read_bars(series, start, end), bars.between(10, 20))
    assert same(store.read_bars(series, end_ms=start + 1), bars.between(0, 11))
    assert len(store.read_bars(series, end, start)) == 0
    assert len(store.read_bars(series, start_ms=int(bars.time_ms[-1]) + 1)) == 0


def test_a_series_without_candles_reads_as_empty():
    assert len(store.read_bars(make_series())) == 0
    assert selectors.coverage(make_series()) == []


def test_a_damaged_chunk_is_refused_on_reading():
    series = make_stored()
    chunk = series.chunks.get()
    CandleChunk.objects.filter(pk=chunk.pk).update(data=bytes(chunk.data)[:-1] + b"\0")

    with pytest.raises(CorruptedChunk, match="202401"):
        store.read_bars(series)


def test_a_lost_chunk_is_noticed_on_reading():
    series = make_stored(make_bars(24 * 60))
    series.chunks.first().delete()

    with pytest.raises(CorruptedChunk, match="binance BTC/USDT 1h"):
        store.read_bars(series)


@pytest.mark.parametrize("shift_ms", [1, 60_000])
def test_candles_off_the_grid_are_not_stored(shift_ms):
    series = make_series()

    with pytest.raises(InvalidInput, match="grid"):
        store.write_bars(series, make_bars(5, start_ms=JANUARY_2024_MS + shift_ms))

    assert not series.chunks.exists()


def test_candles_of_another_timeframe_are_not_stored():
    with pytest.raises(InvalidInput, match="5m"):
        store.write_bars(make_series(), make_bars(5, timeframe="5m"))


def test_a_second_writer_is_told_to_wait():
    series = make_stored()

    with (
        store.writing("binance", "BTC/USDT", "1h"),
        pytest.raises(ImportRunning, match="another import of BTC/USDT 1h is running"),
    ):
        store.write_bars(series, make_bars(seed=2))

    store.write_bars(series, make_bars(seed=2))


def test_another_series_may_be_written_meanwhile():
    with store.writing("binance", "BTC/USDT", "1h"):
        make_stored(make_bars(timeframe="5m"))


def test_a_writer_who_lost_the_lease_changes_nothing():
    series = make_stored(bars := make_bars())

    with store.writing("binance", "BTC/USDT", "1h") as lease:
        chunks = store.prepared(lease, series, make_bars(seed=2), Mode.MERGE)
        lease.release()
        with store.writing("binance", "BTC/USDT", "1h"), pytest.raises(LeaseLost):
            store.commit(lease, series, chunks, Mode.MERGE)

    assert same(store.read_bars(series), bars)


def test_infinitely_small_steps_of_time_do_not_wrap_around():
    series = make_stored(bars := make_bars(50, timeframe="1d", start_ms=86_400_000))

    assert np.array_equal(store.read_bars(series).time_ms, bars.time_ms)
