"""Standing orders: when they ask, for what, and what they leave behind."""

from datetime import timedelta

import pytest

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.models import Job
from apps.common.models.jobs import JobStatus
from apps.markets.factories import make_bars, make_instrument, make_stored
from apps.markets.models import (
    Download,
    Instrument,
    InstrumentStatus,
    TopUp,
    WatchList,
    WatchListEntry,
)
from apps.markets.services.history import offer_due, set_top_up, stop_top_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def instrument():
    found = make_instrument(exchange="gate")
    found.exchange.is_enabled = True
    found.exchange.save()
    return found


def finish(download: Download) -> None:
    Job.objects.filter(pk=download.job_id).update(status=JobStatus.DONE)


def test_a_due_order_asks_once_and_again_after_its_time(instrument):
    set_top_up(instrument=instrument, timeframe="1h", every_s=3600)

    assert offer_due() == 1
    assert offer_due() == 0
    finish(Download.objects.get())
    with clock.held_at(clock.now() + timedelta(hours=1, minutes=1)):
        assert offer_due() == 1

    # The one before is not kept: a row for each hour would bury the others.
    assert Download.objects.count() == Job.objects.count() == 1


def test_an_order_waits_for_its_own_last_download(instrument):
    set_top_up(instrument=instrument, timeframe="1h", every_s=60)
    offer_due()

    with clock.held_at(clock.now() + timedelta(hours=1)):
        assert offer_due() == 0

    assert Download.objects.count() == 1


def test_it_asks_from_where_the_series_ends(instrument):
    end = clock.now_ms() // 3_600_000 * 3_600_000
    bars = make_bars(400, start_ms=end - 410 * 3_600_000)
    make_stored(bars, exchange="gate")
    set_top_up(
        instrument=instrument, timeframe="1h", start_at=clock.now() - timedelta(days=90)
    )

    offer_due()

    start_ms = clock.to_ms(Download.objects.get().start_at)
    assert start_ms == int(bars.time_ms[-1]) - 2 * 86_400_000


def test_a_series_without_candles_begins_where_it_was_said(instrument):
    start = clock.now() - timedelta(days=90)
    set_top_up(instrument=instrument, timeframe="1h", start_at=start)

    offer_due()

    assert Download.objects.get().start_at == start


def test_a_stopped_order_asks_no_more(instrument):
    stop_top_up(set_top_up(instrument=instrument, timeframe="1h"))

    assert offer_due() == 0


def test_an_order_that_cannot_be_met_says_why_and_the_others_go_on(instrument):
    broken = make_instrument("ETH/USDT", exchange="closed")
    set_top_up(instrument=broken, timeframe="1h")
    set_top_up(instrument=instrument, timeframe="1h")

    assert offer_due() == 1

    assert "switched off" in TopUp.objects.get(instrument=broken).error


def test_a_watch_list_is_topped_up_with_the_members_it_has_now(instrument):
    watch_list = WatchList.objects.create(name="Mine", exchange=instrument.exchange)
    gone = make_instrument(
        "OLD/USDT", exchange="gate", status=InstrumentStatus.DELISTED
    )
    out = make_instrument("OUT/USDT", exchange="gate")
    for row, is_in in ((instrument, True), (gone, True), (out, False)):
        WatchListEntry.objects.create(
            watch_list=watch_list, instrument=row, is_in=is_in, reason="x"
        )
    set_top_up(watch_list=watch_list, timeframe="1h")

    offer_due()

    items = Download.objects.get().items.all()
    assert [item.instrument for item in items] == [instrument]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"timeframe": "7m"}, "timeframe"),
        ({"every_s": 1}, "every_s"),
        ({"instrument": None}, "instrument"),
    ],
)
def test_an_impossible_order_names_its_field(instrument, changes, field):
    wanted = {"instrument": instrument, "timeframe": "1h", **changes}

    with pytest.raises(InvalidInput) as refused:
        set_top_up(**wanted)

    assert refused.value.field == field
    assert not TopUp.objects.exists()


def test_setting_an_order_twice_changes_it(instrument):
    set_top_up(instrument=instrument, timeframe="1h", every_s=3600)
    set_top_up(instrument=instrument, timeframe="1h", every_s=60)

    assert TopUp.objects.get().every_s == 60
    assert Instrument.objects.count() == 1
