"""The demo, from the simulator's heartbeat to its first backtests."""

import pytest

from apps.common import heartbeats
from apps.common.jobs.runner import run
from apps.common.models import Job
from apps.markets.back_room import KIND
from apps.markets.models import Download, Exchange, Series
from apps.markets.services.demo import load_demo, request_minutes
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.web.launch import Plan
from apps.markets.tests.history.stage import simulated

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "the-token"


class Context:
    """A job's context that only listens."""

    def __init__(self):
        self.told = []

    def report(self, done, total, stage=""):
        self.told.append((done, total))

    def check(self):
        """Nobody stops it."""


@pytest.fixture
def stage(settings):
    settings.SIMULATOR_TOKEN = TOKEN
    plan = Plan(seed=42, token=TOKEN, quirks=Quirks(candle_reach=0))
    with simulated(plan, is_synced=False) as running:
        heartbeats.beat(KIND, url=running.exchange.rest_url)
        running.exchange.delete()
        yield running


def test_the_demo_downloads_its_year_from_the_simulator_that_runs(stage):
    context = Context()

    found = load_demo(context)

    assert sorted(series.bar_count for series in found) == [8760] * 3
    assert all(one.is_synthetic and one.note.endswith("seed 42") for one in found)
    exchange = Exchange.objects.get()
    assert (exchange.code, exchange.ccxt_id, exchange.rest_url) == (
        "simulator",
        "gate",
        "",
    )
    assert exchange.is_synthetic and exchange.is_simulator
    assert context.told[-1][0] == context.told[-1][1]


def test_the_demo_again_asks_for_nothing(stage):
    load_demo(Context())
    hashes = list(Series.objects.values_list("data_hash", flat=True))
    stage.journal.heard.clear()

    load_demo(Context())

    assert list(Series.objects.values_list("data_hash", flat=True)) == hashes
    assert not stage.journal.times()


def test_the_month_of_minutes_comes_after_the_year(stage):
    load_demo(Context())

    download = request_minutes()
    run(download.job_id)

    counts = Series.objects.filter(timeframe="1m").values_list("bar_count", flat=True)
    assert list(counts) == [43_200] * 3
    assert Download.objects.count() == 2
    assert set(Job.objects.values_list("status", flat=True)) == {"done"}
