"""The random market: repeatable and believable."""

import numpy as np
import pytest

from apps.markets.candles.aggregate import aggregate
from apps.markets.candles.files.checks import check_grid, check_prices, check_rising
from apps.markets.factories import JANUARY_2024_MS
from apps.markets.synthetic import SyntheticMarket, minute_bars
from apps.markets.tests.comparing import same

MARKET = SyntheticMarket(42_000, 0.1, 0.00001, 1.4)


def minutes(seed=42, days=20, market=MARKET):
    return minute_bars(market, start_ms=JANUARY_2024_MS, days=days, seed=seed)


def test_the_same_seed_gives_the_same_bytes():
    assert same(minutes(), minutes())
    assert not same(minutes(), minutes(seed=43))


@pytest.mark.parametrize("first_price", [42_000, 1.0])
def test_synthetic_bars_pass_the_checks_of_an_import(first_price):
    bars = minutes(market=SyntheticMarket(first_price, 0.1, 0.001, 5, 3.0))

    check_rising(bars.time_ms)
    check_grid(bars.time_ms, "1m")
    check_prices(bars)
    assert bars.volume.min() > 0


def test_volatility_comes_in_clusters():
    hours = aggregate(minutes(days=200), "1h")
    size = np.abs(np.diff(np.log(hours.close)))

    assert np.corrcoef(size[:-1], size[1:])[0, 1] > 0.1
    assert 0.2 < np.diff(np.log(hours.close)).std() * np.sqrt(24 * 365) < 1.5
