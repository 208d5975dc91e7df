"""A month of minutes of ten instruments, through time-outs, 5xx, cut answers, 429s."""

import pytest

from apps.markets.candles import store
from apps.markets.models import ExchangeGap
from apps.markets.services.history import running
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.sources.random import SyntheticMarket
from apps.markets.simulator.web import plan
from apps.markets.simulator.web.launch import Plan
from apps.markets.tests.history.stage import fetch, series_of, simulated

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ["ADA", "XRP", "DOT", "LTC", "UNI", "ATOM", "LINK"]
DAYS = 30
WINDOW_S = 10
LIMIT = 200  # of Gate.io's public endpoints, in each window
PAGES = 44 * 10


@pytest.fixture
def stage(monkeypatch):
    for name in NAMES:
        market = SyntheticMarket(20, 0.001, 0.01, 3000, 1.3)
        monkeypatch.setitem(plan.MARKETS, f"{name}_USDT", market)
    with simulated(Plan(seed=7, quirks=Quirks(candle_reach=0))) as stage:
        yield stage


def test_a_month_of_ten_instruments_arrives_whole_through_a_storm(stage, monkeypatch):
    monkeypatch.setattr(running, "TIMEOUT_S", 2.0)
    stage.fault("timeout", share=0.05, seed=1)
    stage.fault("answer", status=502, label="SERVER_ERROR", share=0.02, seed=2)
    stage.fault("truncate", share=0.02, seed=3)
    # Two storms: every call in them is refused for its pace.
    stage.fault("answer", status=429, times=12, share=0.5, seed=4)
    symbols = [row.symbol for row in stage.exchange.instruments.all()]

    download = fetch(stage, symbols, "1m", DAYS)

    assert download.job.status == "done", download.job.error
    assert len(symbols) == 10
    for symbol in symbols:
        series = series_of(stage, symbol, "1m")
        assert (series.bar_count, series.missing_count) == (DAYS * 1440, 0)
        assert_equal(stage, series)
    assert not ExchangeGap.objects.exists()
    assert busiest(stage.journal.times()) <= 1.2 * LIMIT
    retries = sum(download.items.values_list("retry_count", flat=True))
    assert len(stage.journal.times()) <= PAGES + retries + 10
    assert retries > 0.06 * PAGES


def busiest(times):
    """The most requests in any stretch of the exchange's window."""
    return max(
        sum(1 for other in times if start <= other < start + WINDOW_S)
        for start in times
    )


def assert_equal(stage, series):
    bars = store.read_bars(series)
    first, last = int(bars.time_ms[0]), int(bars.time_ms[-1])
    truth = stage.candles(series.instrument.symbol, "1m", first, last + 60_000)
    assert [row[0] for row in truth] == bars.time_ms.tolist()
    for position, name in enumerate(("open", "high", "low", "close", "volume"), 1):
        expected = [float(row[position]) for row in truth]
        assert getattr(bars, name).tolist() == expected
