"""Every indicator column that TA-Lib computed for the shared data, to 1e-9.

The tolerance is relative, or of the column's greatest absolute value where a value is
near zero. Where NaN ends is part of the reference.
"""

import json
from collections.abc import Callable

import numpy as np
import pyarrow.parquet as pq
import pytest

from apps.markets.candles.bars import Bars, Floats
from apps.strategies import indicators as ta
from apps.strategies.authoring.evaluation import indicators_of, signals_of
from apps.strategies.library.donchian_breakout import DonchianBreakout
from apps.strategies.library.ema_cross import EmaCross
from apps.strategies.library.rsi_reversal import RsiReversal
from tests.golden.counts import reproduced
from tests.golden.references import REFERENCE, bars_of

TOLERANCE = 1e-9
NEAR_ZERO = 1e-3

pytestmark = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the shared reference data are not on this machine"
)

CALLS: dict[str, Callable[[Bars], Floats]] = {
    "SMA_20": lambda b: ta.sma(b.close, 20),
    "SMA_200": lambda b: ta.sma(b.close, 200),
    "EMA_12": lambda b: ta.ema(b.close, 12),
    "EMA_26": lambda b: ta.ema(b.close, 26),
    "EMA_200": lambda b: ta.ema(b.close, 200),
    "WMA_20": lambda b: ta.wma(b.close, 20),
    "DEMA_20": lambda b: ta.dema(b.close, 20),
    "TEMA_20": lambda b: ta.tema(b.close, 20),
    "RSI_14": lambda b: ta.rsi(b.close, 14),
    "MACD_12_26_9": lambda b: ta.macd(b.close, 12, 26, 9).line,
    "MACDsignal_12_26_9": lambda b: ta.macd(b.close, 12, 26, 9).signal,
    "MACDhist_12_26_9": lambda b: ta.macd(b.close, 12, 26, 9).histogram,
    "BBupper_20_2": lambda b: ta.bollinger(b.close, 20, 2).upper,
    "BBmiddle_20_2": lambda b: ta.bollinger(b.close, 20, 2).middle,
    "BBlower_20_2": lambda b: ta.bollinger(b.close, 20, 2).lower,
    "STDDEV_20": lambda b: ta.stddev(b.close, 20),
    "TRANGE": lambda b: ta.true_range(b.high, b.low, b.close),
    "ATR_14": lambda b: ta.atr(b.high, b.low, b.close, 14),
    "NATR_14": lambda b: ta.natr(b.high, b.low, b.close, 14),
    "ADX_14": lambda b: ta.adx(b.high, b.low, b.close, 14),
    "PLUS_DI_14": lambda b: ta.plus_di(b.high, b.low, b.close, 14),
    "MINUS_DI_14": lambda b: ta.minus_di(b.high, b.low, b.close, 14),
    "STOCHk_14_3_3": lambda b: ta.stochastic(b.high, b.low, b.close, 14, 3, 3).k,
    "STOCHd_14_3_3": lambda b: ta.stochastic(b.high, b.low, b.close, 14, 3, 3).d,
    "STOCHFk_14_3": lambda b: ta.stochastic_fast(b.high, b.low, b.close, 14, 3).k,
    "STOCHFd_14_3": lambda b: ta.stochastic_fast(b.high, b.low, b.close, 14, 3).d,
    "STOCHRSIk_14_14_3": lambda b: ta.stochastic_rsi(b.close, 14, 14, 3).k,
    "STOCHRSId_14_14_3": lambda b: ta.stochastic_rsi(b.close, 14, 14, 3).d,
    "WILLR_14": lambda b: ta.williams_r(b.high, b.low, b.close, 14),
    "CCI_20": lambda b: ta.cci(b.high, b.low, b.close, 20),
    "OBV": lambda b: ta.obv(b.close, b.volume),
    "MFI_14": lambda b: ta.mfi(b.high, b.low, b.close, b.volume, 14),
    "AD": lambda b: ta.ad(b.high, b.low, b.close, b.volume),
    "MAX_high_20": lambda b: ta.highest(b.high, 20),
    "MIN_low_20": lambda b: ta.lowest(b.low, 20),
    "ROC_10": lambda b: ta.roc(b.close, 10),
    "MOM_10": lambda b: ta.momentum(b.close, 10),
    "LINEARREG_14": lambda b: ta.linear_regression(b.close, 14),
    "SAR_002_02": lambda b: ta.parabolic_sar(b.high, b.low, 0.02, 0.2),
}


@pytest.mark.parametrize(
    "path", sorted(REFERENCE.glob("indicators_*.json")), ids=lambda path: path.stem
)
def test_every_reference_column_is_reproduced(path, record_property):
    meaning = json.loads(path.read_text())
    values = pq.read_table(path.with_suffix(".parquet"))
    bars = bars_of(meaning["data_file"]).between(0, meaning["rows_used"])
    columns = [name for name in values.column_names if name != "timestamp"]
    assert np.array_equal(values["timestamp"].to_numpy(), bars.time_ms)

    for name in columns:
        ours = CALLS[name](bars)
        check_column(ours, values[name].to_numpy(), label=name)
        assert first_valid(ours) == meaning["first_valid_index"][name], name

    assert len(columns) == len(CALLS)
    reproduced(record_property, "indicators", len(columns))


@pytest.mark.parametrize(
    "path", sorted(REFERENCE.glob("signals_*.json")), ids=lambda path: path.stem
)
def test_the_library_gives_every_recorded_signal(path, record_property):
    recorded = json.loads(path.read_text())
    bars = bars_of(recorded["data_file"])
    cross = signals_of(EmaCross(fast=12, slow=26), bars)
    reversal = signals_of(RsiReversal(), bars)
    ours = {
        "ema12_crosses_above_ema26": cross.enter_long,
        "ema12_crosses_below_ema26": cross.exit_long,
        "rsi14_below_30": reversal.enter_long,
        "rsi14_above_70": reversal.exit_long,
        "close_above_prior_20_high": signals_of(DonchianBreakout(), bars).enter_long,
    }

    for name, times in recorded["signals"].items():
        assert bars.time_ms[ours[name]].tolist() == times, name

    total = sum(len(times) for times in recorded["signals"].values())
    reproduced(record_property, "signals", total)


def test_no_library_indicator_sees_a_later_bar():
    bars = bars_of("BINANCE_ETH-USDT_1d.parquet")
    for strategy in (EmaCross(), RsiReversal(), DonchianBreakout()):
        whole = vars(indicators_of(strategy, bars))
        part = vars(indicators_of(strategy, bars.between(0, 1000)))
        for name, values in part.items():
            assert np.array_equal(values, whole[name][:1000], equal_nan=True), name


def check_column(ours: Floats, theirs: Floats, *, label: str) -> None:
    assert ours.dtype == np.float64
    assert np.array_equal(np.isnan(ours), np.isnan(theirs)), f"{label}: NaN elsewhere"
    size = np.abs(theirs)
    scale = np.where(size < NEAR_ZERO * np.nanmax(size), np.nanmax(size), size)
    assert np.nanmax(np.abs(ours - theirs) / scale) <= TOLERANCE, f"{label} is off"


def first_valid(values: Floats) -> int:
    return int(np.flatnonzero(~np.isnan(values))[0])
