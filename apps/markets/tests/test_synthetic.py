"""The random market: repeatable, believable, labelled."""

from datetime import UTC, datetime

import numpy as np
import pytest

from apps.common import clock
from apps.markets import services
from apps.markets.candles import store
from apps.markets.candles.aggregate import aggregate
from apps.markets.candles.files.checks import check_grid, check_prices, check_rising
from apps.markets.factories import JANUARY_2024_MS
from apps.markets.models import Series
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


@pytest.mark.django_db
def test_the_demo_is_loaded_once_and_labelled():
    with clock.held_at(datetime(2026, 3, 5, 14, 30, tzinfo=UTC)):
        first = services.load_demo()
    hashes = [series.data_hash for series in first]
    with clock.held_at(datetime(2026, 3, 9, tzinfo=UTC)):
        again = services.load_demo()

    assert [series.data_hash for series in again] == hashes
    assert [series.bar_count for series in first] == [8760, 43_200] * 3
    assert {series.last_ms for series in first if series.timeframe == "1h"} == {
        clock.to_ms(datetime(2026, 3, 4, 23, tzinfo=UTC))
    }
    assert all(one.is_synthetic and "seed" in one.note for one in first)


@pytest.mark.django_db
def test_the_demo_completes_what_was_cut_short():
    with clock.held_at(datetime(2026, 3, 5, tzinfo=UTC)):
        hashes = [series.data_hash for series in services.load_demo()]
    services.delete_series(Series.objects.get(pk=Series.objects.last().pk))

    with clock.held_at(datetime(2026, 3, 20, tzinfo=UTC)):
        again = services.load_demo()

    assert [series.data_hash for series in again] == hashes


@pytest.mark.django_db
def test_the_demo_hours_are_made_of_its_minutes():
    hours, made_of = services.load_demo()[:2]
    minute = store.read_bars(made_of)

    built = aggregate(minute, "1h")

    stored = store.read_bars(hours, start_ms=int(minute.time_ms[0]))
    assert same(built, stored)
