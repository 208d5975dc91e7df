"""Watch-lists of a running simulator: real sockets, the real gateway, real jobs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.common import clock
from apps.common.events import outbox
from apps.common.models import Job
from apps.common.models.jobs import JobStatus
from apps.markets.jobs import WATCH_LISTS
from apps.markets.models import MarketSnapshot, WatchList
from apps.markets.services import watch_lists
from apps.markets.services.instruments import sync_instruments
from apps.markets.services.watch_lists import Wanted, ensure_demo_list
from apps.markets.tests import exchange_room
from apps.markets.tests.watch_lists.factories import (
    make_list,
    members,
    run_job,
    why,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def room():
    with exchange_room.room() as found:
        yield found


@pytest.fixture
def exchange(room):
    made = exchange_room.make_exchange(room.url)
    sync_instruments(made)
    yield made
    room.clear_faults()


def refreshed(watch_list: WatchList) -> Job:
    job = run_job(watch_lists.request_refresh(watch_list))
    watch_list.refresh_from_db()
    return job


def test_a_rule_is_judged_by_the_exchanges_own_figures(exchange):
    found = make_list(exchange=exchange, quote="usdt", top_n=2)

    job = refreshed(found)

    assert job.status == JobStatus.DONE, job.error
    assert len(members(found)) == 2
    entries = {row.instrument.symbol: row for row in found.entries.with_instrument()}
    best, second, last = (entries[name] for name in _by_volume(entries))
    assert members(found) == [best.instrument.symbol, second.instrument.symbol]
    assert last.reason_text == "rank 3 of top 2"
    assert all(row.volume > 0 for row in entries.values())
    assert all(row.spread_bps is not None for row in entries.values())
    assert found.refreshed_at is not None
    assert found.refresh_error == ""


def test_one_call_serves_all_lists_of_an_exchange(room, exchange):
    first = make_list(exchange=exchange)
    second = make_list(exchange=exchange, name="Second", top_n=1)
    # A delay of nothing counts the requests it strikes.
    room.fault("delay_request", path="/spot/tickers", ms=1)

    assert watch_lists.offer_due() == 1
    job = run_job(Job.objects.get(kind=WATCH_LISTS))

    assert job.status == JobStatus.DONE, job.error
    assert [one["hits"] for one in room.simulator.exchange.faults.listing()] == [1]
    assert len(members(first)) == 3
    assert len(members(second)) == 1
    assert watch_lists.offer_due() == 0


def test_a_failing_exchange_leaves_the_members_and_says_why(room, exchange):
    found = make_list(exchange=exchange)
    refreshed(found)
    before = members(found)
    room.fault("answer", path="/spot/tickers", status=503)

    job = refreshed(found)

    assert job.status == JobStatus.FAILED
    assert found.refresh_error == job.error != ""
    assert members(found) == before
    assert found.due_at <= clock.now() + timedelta(seconds=60)
    room.clear_faults()
    assert refreshed(found).status == JobStatus.DONE
    assert found.refresh_error == ""


def test_a_market_that_vanishes_is_out_and_said_to_be(room, exchange):
    room.list_market("DOGE_USDT")
    try:
        sync_instruments(exchange)
        found = make_list(exchange=exchange, white_list=["DOGE/USDT"])
        refreshed(found)
        assert "DOGE/USDT" in members(found)
    finally:
        room.drop_market("DOGE_USDT")
    sync_instruments(exchange)

    refreshed(found)

    assert "DOGE/USDT" not in members(found)
    assert why(found, "DOGE/USDT") == "delisted by the exchange"


def test_a_rule_is_tried_on_the_figures_of_the_last_refresh(exchange):
    wanted = Wanted(name="Trial", exchange=exchange, top_n=1)
    assert watch_lists.preview(wanted).is_blind
    run_job(watch_lists.request_figures(exchange, "spot"))

    shown = watch_lists.preview(wanted)

    assert MarketSnapshot.objects.count() == 1
    assert [len(shown.members), len(shown.others)] == [1, 2]
    assert shown.taken_at is not None
    found = make_list(exchange=exchange, name="Trial", top_n=1)
    refreshed(found)
    assert members(found) == [shown.members[0].facts.symbol]
    changed = watch_lists.preview(replace(wanted, top_n=3), watch_list=found)
    assert (changed.added, changed.removed) == (2, 0)


def test_a_simulator_that_is_gone_is_told(exchange):
    exchange.rest_url = "http://127.0.0.1:9"
    exchange.save()
    found = make_list(exchange=exchange)

    job = refreshed(found)

    assert job.status == JobStatus.FAILED
    assert found.refresh_error != ""
    outbox.drain()


def _by_volume(entries):
    return sorted(entries, key=lambda name: -entries[name].volume)


def test_the_demos_list_holds_the_two_most_traded(exchange):
    found = ensure_demo_list(exchange)

    assert ensure_demo_list(exchange) == found
    assert watch_lists.offer_due() == 1
    run_job(Job.objects.get(kind=WATCH_LISTS))

    assert len(members(found)) == 2
    assert found.entries.count() == 3
    assert found.owner is None
    assert str(found) == "Most traded on the simulator"
