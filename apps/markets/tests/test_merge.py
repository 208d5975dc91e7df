"""New candles among old ones."""

import numpy as np
import pytest

from apps.markets.candles.aggregate import aggregate
from apps.markets.candles.files import read_file
from apps.markets.candles.merge import Mode, merged
from apps.markets.factories import make_bars
from apps.markets.tests.comparing import same

HOUR_MS = 3_600_000


def overlapping():
    old = make_bars(10, seed=1)
    return old, make_bars(10, seed=2, start_ms=int(old.time_ms[5]))


def test_merging_lets_the_new_candle_win():
    old, new = overlapping()

    result = merged(old, new, Mode.MERGE)

    assert same(result.between(0, 5), old.between(0, 5))
    assert same(result.between(5, 15), new)


def test_filling_keeps_the_old_candle():
    old, new = overlapping()

    result = merged(old, new, Mode.FILL)

    assert same(result.between(0, 10), old)
    assert same(result.between(10, 15), new.between(5, 10))


def test_a_gap_is_filled_in_its_place():
    whole = make_bars(20)
    holed = whole.where(np.arange(20) % 3 != 0)

    assert same(merged(holed, whole, Mode.FILL), whole)


def test_replacing_forgets_the_old_candles():
    old, new = overlapping()

    assert merged(old, new, Mode.REPLACE) is new


def test_four_hours_become_one_candle():
    bars = make_bars(8, missing=(1,))

    longer = aggregate(bars, "4h")

    assert longer.time_ms.tolist() == [bars.time_ms[0], bars.time_ms[0] + 4 * HOUR_MS]
    assert longer.open.tolist() == [bars.open[0], bars.open[3]]
    assert longer.high.tolist() == [bars.high[:3].max(), bars.high[3:].max()]
    assert longer.low.tolist() == [bars.low[:3].min(), bars.low[3:].min()]
    assert longer.close.tolist() == [bars.close[2], bars.close[6]]
    assert longer.volume.tolist() == pytest.approx(
        [bars.volume[:3].sum(), bars.volume[3:].sum()]
    )


def test_aggregating_to_a_shorter_timeframe_is_refused():
    with pytest.raises(ValueError, match="multiple"):
        aggregate(make_bars(4, timeframe="4h"), "1h")


def test_real_hours_become_the_real_days(shared):
    hours = read_file(shared / "data/BINANCE_BTC-USDT_1h.parquet").bars
    days = read_file(shared / "data/more/BINANCE_BTC-USDT_1d.parquet").bars

    made = aggregate(hours, "1d").within(int(days.time_ms[0]), None)
    made = made.between(0, len(days))

    whole = np.isin(made.time_ms, days.time_ms)
    assert whole.all()
    for name in ("high", "low"):
        agree = getattr(made, name) == getattr(days, name)
        assert agree.mean() > 0.99
