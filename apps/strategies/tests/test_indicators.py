import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from apps.common.errors import InvalidInput
from apps.strategies import indicators as ta
from apps.strategies.indicators.kernels import crossed_plain
from apps.strategies.tests.builders import wave_bars

# Few distinct values, so that touching, crossing and NaN all happen often.
levels = st.sampled_from([1.0, 2.0, 3.0, np.nan])
lines = st.integers(0, 30).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=levels), arrays(np.float64, n, elements=levels)
    )
)

SERIES = ["sma", "ema", "wma", "dema", "tema", "rsi", "stddev", "highest", "lowest"]
SERIES += ["roc", "momentum", "linear_regression"]
RANGES = ["atr", "natr", "adx", "plus_di", "minus_di", "williams_r", "cci"]


@settings(deadline=None)  # the first call loads the compiled kernels
@given(lines)
def test_crosses_equal_the_plain_loop(pair):
    values, line = pair

    above, below = ta.crossed_above(values, line), ta.crossed_below(values, line)
    assert above.tolist() == crossed_plain(line, values).tolist()
    assert below.tolist() == crossed_plain(values, line).tolist()


@settings(deadline=None)  # the first call loads the compiled kernels
@given(lines)
def test_a_level_is_a_line_that_never_moves(pair):
    values, _ = pair
    line = np.full(len(values), 2.0)

    above, below = ta.crossed_above(values, 2), ta.crossed_below(values, 2)
    assert above.tolist() == ta.crossed_above(values, line).tolist()
    assert below.tolist() == ta.crossed_below(values, line).tolist()


def test_a_touch_from_below_is_no_cross_until_it_is_above():
    assert ta.crossed_above([1, 2, 3, 3], 2).tolist() == [False, False, True, False]
    assert ta.crossed_below([3, 2, 1, 1], 2).tolist() == [False, False, True, False]


def test_the_first_valid_bar_cannot_cross():
    nan = float("nan")

    assert not ta.crossed_above([nan, 5, 6], [nan, 4, 4]).any()
    assert not ta.crossed_above([3, 5, 6], [nan, 4, 4]).any()


def test_crosses_read_arrays_that_are_read_only_or_strided():
    values = np.array([1.0, 9.0, 3.0, 9.0])
    values.flags.writeable = False

    assert ta.crossed_above(values[::2], values[:2]).tolist() == [False, False]
    assert ta.crossed_above(values, 2).tolist() == [False, True, False, False]


def test_lines_of_different_length_are_refused():
    with pytest.raises(InvalidInput, match=r"\[2, 3\]"):
        ta.crossed_above([1, 2], [1, 2, 3])
    with pytest.raises(InvalidInput, match=r"\[3, 2, 3\]"):
        ta.atr([1, 2, 3], [1, 2], [1, 2, 3])


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("period", [0, -1, 100_001, 2.5, True, None])
def test_a_bad_period_is_refused_by_name(name, period):
    with pytest.raises(InvalidInput, match="period") as caught:
        getattr(ta, name)([1.0, 2.0, 3.0], period)

    assert caught.value.field == "period"


def test_every_period_of_macd_and_stochastic_is_checked():
    with pytest.raises(InvalidInput, match="fast 26 is not below slow 26"):
        ta.macd([1.0], fast=26)
    with pytest.raises(InvalidInput, match="signal 0"):
        ta.macd([1.0], signal=0)
    with pytest.raises(InvalidInput, match="smooth 0"):
        ta.stochastic([1.0], [1.0], [1.0], smooth=0)
    with pytest.raises(InvalidInput, match="width nan"):
        ta.bollinger([1.0], width=float("nan"))
    with pytest.raises(InvalidInput, match="maximum 0"):
        ta.parabolic_sar([1.0], [1.0], maximum=0)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_too_few_bars_give_nan_and_no_error(count):
    bars = wave_bars(count)

    for name in SERIES:
        assert np.isnan(getattr(ta, name)(bars.close, 6)).all(), name
    for name in RANGES:
        values = getattr(ta, name)(bars.high, bars.low, bars.close, 6)
        assert len(values) == count, name
        assert np.isnan(values).all(), name


@pytest.mark.parametrize("name", SERIES)
def test_a_value_never_depends_on_later_bars(name):
    close = wave_bars(200).close

    part, whole = getattr(ta, name)(close[:120], 9), getattr(ta, name)(close, 9)

    assert np.array_equal(part, whole[:120], equal_nan=True)


def test_indicators_take_whole_numbers_and_lists():
    assert ta.sma([1, 2, 3], 2).tolist()[1:] == [1.5, 2.5]


def test_a_donchian_channel_leaves_the_current_bar_out():
    channel = ta.donchian([1, 5, 2, 9], [0, 4, 1, 8], 2)

    assert channel.upper.tolist()[2:] == [5, 5]
    assert channel.lower.tolist()[2:] == [0, 1]
    assert np.isnan(channel.upper[:2]).all()


def test_shift_moves_later_and_never_earlier():
    assert ta.shift([1, 2, 3], 2).tolist()[2:] == [1]
    assert ta.shift([1, 2, 3], 0).tolist() == [1, 2, 3]
    assert np.isnan(ta.shift([1, 2, 3], 9)).all()
    with pytest.raises(InvalidInput, match="bars -1"):
        ta.shift([1, 2, 3], -1)


def test_importing_the_vocabulary_loads_neither_talib_nor_numba():
    code = (
        "import sys, apps.strategies.registry as r, apps.strategies.authoring;"
        "r.discover(); sys.exit(bool({'talib', 'numba', 'django'} & set(sys.modules)))"
    )

    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=root)
    assert done.returncode == 0
