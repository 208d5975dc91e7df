import numpy as np
import pytest

from apps.common.errors import InvalidInput
from apps.strategies.authoring.evaluation import signals_of
from apps.strategies.library.donchian_breakout import DonchianBreakout
from apps.strategies.library.ema_cross import EmaCross
from apps.strategies.library.rsi_reversal import RsiReversal
from apps.strategies.tests.builders import make_bars, wave_bars

ALL = [EmaCross, RsiReversal, DonchianBreakout]


@pytest.mark.parametrize("kind", ALL)
def test_every_strategy_enters_only_after_its_warm_up(kind):
    strategy = kind()

    entries = np.flatnonzero(signals_of(strategy, wave_bars()).enter_long)

    assert len(entries) > 0
    assert entries[0] >= strategy.warm_up > 0


@pytest.mark.parametrize("kind", ALL)
def test_every_strategy_and_parameter_explains_itself(kind):
    assert len(kind.description()) > 100
    assert all(parameter.help for parameter in kind.parameters().values())


def test_ema_cross_enters_on_the_very_bar_of_the_cross():
    bars = make_bars([10.0] * 30 + [9, 8, 7, 6] + [20, 30])

    signals = signals_of(EmaCross(fast=2, slow=5), bars)

    assert np.flatnonzero(signals.enter_long).tolist() == [34]
    assert np.flatnonzero(signals.exit_long).tolist() == [30]
    assert signals.enter_short is None


def test_ema_cross_with_short_reverses_on_every_cross():
    signals = signals_of(EmaCross(short=True), wave_bars())

    assert np.array_equal(signals.enter_long, signals.exit_short)
    assert np.array_equal(signals.enter_short, signals.exit_long)


def test_ema_cross_refuses_a_fast_average_that_is_not_faster():
    with pytest.raises(InvalidInput, match="fast 26 is not below slow 26") as caught:
        EmaCross(fast=26, slow=26)

    assert caught.value.field == "fast"


def test_rsi_reversal_is_a_level_and_not_a_cross():
    falling = make_bars(np.arange(60.0, 20.0, -1))

    signals = signals_of(RsiReversal(period=5), falling)

    assert signals.enter_long[5:].all()
    assert not signals.exit_long.any()


def test_rsi_reversal_refuses_levels_the_wrong_way_round():
    with pytest.raises(InvalidInput, match="oversold"):
        RsiReversal(oversold=70, overbought=30)


def test_donchian_breaks_out_of_the_bars_before_and_trails():
    bars = make_bars([10.0] * 25 + [10.5, 12])

    signals = signals_of(DonchianBreakout(trailing_stop="0.03"), bars)

    # A close of 10.5 only touches the highest high before.
    assert np.flatnonzero(signals.enter_long).tolist() == [26]
    assert signals.exit_long is None
    assert signals.levels.trailing_stop == 0.03
