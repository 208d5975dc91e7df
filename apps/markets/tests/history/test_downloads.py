"""Downloads from the simulator, over real sockets."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from apps.common import clock, jobs
from apps.common.errors import InvalidFields
from apps.common.jobs.runner import run
from apps.markets.candles import store
from apps.markets.factories import JANUARY_2024_MS, make_bars, make_instrument
from apps.markets.models import (
    Download,
    ExchangeGap,
    GapReason,
    Instrument,
    ItemState,
    Series,
)
from apps.markets.services.history import (
    DownloadRequest,
    ask_again,
    request_download,
)
from apps.markets.services.history.calls import AT_ONCE
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.web.launch import Plan
from apps.markets.tests.history.stage import (
    DAY_MS,
    MINUTE_MS,
    Stage,
    ask,
    fetch,
    series_of,
    simulated,
)

pytestmark = pytest.mark.django_db(transaction=True)
SYMBOLS = ["BTC/USDT", "ETH/USDT", "SOL/USDT"]


@pytest.fixture
def stage():
    with simulated(Plan(seed=42)) as running:
        yield running


class Holes:
    """The simulator's market without the minutes of ``lost``, for so many answers."""

    def __init__(self, market, lost, answers):
        self._market, self._lost, self._answers = market, lost, answers

    def __getattr__(self, name):
        return getattr(self._market, name)

    def candles(self, *args):
        self._answers -= 1
        rows = self._market.candles(*args)
        if self._answers < 0:
            return rows
        return [row for row in rows if row.ts_ms not in self._lost]


def digging(stage: Stage, lost, answers=10**9):
    exchange = stage.simulator.exchange
    exchange.market = Holes(exchange.market, set(lost), answers)


def item_of(download: Download):
    return download.items.get()


def assert_equal_to_the_simulators(stage: Stage, symbol: str, timeframe: str):
    series = series_of(stage, symbol, timeframe)
    bars = store.read_bars(series)
    first, last = int(bars.time_ms[0]), int(bars.time_ms[-1])
    step = int(bars.time_ms[1]) - first
    truth = stage.candles(symbol, timeframe, first, last + step)
    columns = [bars.open, bars.high, bars.low, bars.close, bars.volume]
    stored = zip(bars.time_ms.tolist(), *(c.tolist() for c in columns), strict=True)
    expected = [(row[0], *map(float, row[1:])) for row in truth]
    # All but the newest: on a busy machine the simulator counts late trades into it.
    assert list(stored)[:-1] == expected[:-1]


def test_a_download_ends_complete_and_equal_to_the_exchanges_candles(stage):
    download = fetch(stage, SYMBOLS, "5m", 7)

    assert download.job.status == "done", download.job.error
    for symbol in SYMBOLS:
        series = series_of(stage, symbol, "5m")
        assert (series.bar_count, series.missing_count) == (2016, 0)
        assert series.is_synthetic
        assert_equal_to_the_simulators(stage, symbol, "5m")
    items = download.items.all()
    assert {item.state for item in items} == {ItemState.DONE}
    assert sum(item.added_count for item in items) == 3 * 2016


def test_what_is_stored_is_not_asked_for_again(stage):
    fetch(stage, ["BTC/USDT"], "1m", 2)
    stage.journal.heard.clear()

    again = fetch(stage, ["BTC/USDT"], "1m", 2)

    assert again.job.status == "done"
    # A minute may have ended in between: it is asked for, and nothing else.
    assert len(stage.journal.times()) <= 1


def test_only_the_hole_in_the_middle_is_asked_for(stage):
    fetch(stage, ["BTC/USDT"], "1m", 1)
    series = series_of(stage, "BTC/USDT", "1m")
    bars = store.read_bars(series)
    keep = bars.where(
        (bars.time_ms < bars.time_ms[300]) | (bars.time_ms > bars.time_ms[399])
    )
    store.write_bars(series, keep, store.Mode.REPLACE)
    stage.journal.heard.clear()

    download = fetch(stage, ["BTC/USDT"], "1m", 1)

    assert item_of(download).added_count in (100, 101)
    assert len(stage.journal.times()) <= 2
    assert_equal_to_the_simulators(stage, "BTC/USDT", "1m")


def test_stored_candles_are_not_changed_by_a_download(stage):
    fetch(stage, ["BTC/USDT"], "1h", 5)
    series = series_of(stage, "BTC/USDT", "1h")
    bars = store.read_bars(series)
    ours = make_bars(3, start_ms=int(bars.time_ms[10]), timeframe="1h")
    store.write_bars(
        series, bars.where(bars.time_ms > bars.time_ms[50]), store.Mode.REPLACE
    )
    store.write_bars(series, ours)

    fetch(stage, ["BTC/USDT"], "1h", 5)

    kept = store.read_bars(series, int(ours.time_ms[0]), int(ours.time_ms[-1]) + 1)
    assert kept.close.tolist() == ours.close.tolist()
    series.refresh_from_db()
    assert series.missing_count == 0


def test_what_the_first_answer_lacks_the_second_may_have(stage):
    now = clock.now_ms() // MINUTE_MS * MINUTE_MS
    lost = [now - minute * MINUTE_MS for minute in range(300, 320)]
    digging(stage, lost, answers=1)

    download = fetch(stage, ["BTC/USDT"], "1m", 0.5)

    assert item_of(download).missing_count == 0
    assert not ExchangeGap.objects.exists()
    assert len(stage.journal.times()) == 2
    assert_equal_to_the_simulators(stage, "BTC/USDT", "1m")


def test_what_the_exchange_lacks_twice_is_its_gap_and_not_asked_for_again(stage):
    now = clock.now_ms() // MINUTE_MS * MINUTE_MS
    lost = [now - minute * MINUTE_MS for minute in range(300, 320)]
    digging(stage, lost)

    first = fetch(stage, ["BTC/USDT"], "1m", 0.5)
    calls = len(stage.journal.times())
    stage.journal.heard.clear()
    fetch(stage, ["BTC/USDT"], "1m", 0.5)

    gap = ExchangeGap.objects.get()
    assert (gap.from_ms, gap.to_ms) == (min(lost), max(lost) + MINUTE_MS)
    assert gap.reason == GapReason.EMPTY
    assert gap.asked_again_at > gap.asked_at
    assert item_of(first).missing_count == 20
    assert calls == 2
    assert len(stage.journal.times()) <= 1


def test_a_gap_is_forgotten_when_its_candles_come_after_all(stage):
    now = clock.now_ms() // MINUTE_MS * MINUTE_MS
    digging(stage, [now - minute * MINUTE_MS for minute in range(300, 320)], answers=2)
    fetch(stage, ["BTC/USDT"], "1m", 0.5)

    download = ask_again(ExchangeGap.objects.get())
    run(download.job_id)

    assert not ExchangeGap.objects.exists()
    series = series_of(stage, "BTC/USDT", "1m")
    assert series.missing_count == 0


def test_the_newest_minutes_are_not_called_a_gap(stage):
    now = clock.now_ms() // MINUTE_MS * MINUTE_MS
    digging(stage, [now - MINUTE_MS, now - 2 * MINUTE_MS])

    fetch(stage, ["BTC/USDT"], "1m", 0.25)

    assert not ExchangeGap.objects.exists()


def test_before_the_exchanges_reach_is_cut_with_a_note(stage):
    download = fetch(stage, ["BTC/USDT"], "1m", 10)
    calls = len(stage.journal.times())
    again = fetch(stage, ["BTC/USDT"], "1m", 10)

    item = item_of(download)
    assert "keeps none before" in item.note
    assert ExchangeGap.objects.get().reason == GapReason.TOO_FAR
    assert 9_990 <= item.added_count <= 10_000
    assert item.missing_count == 14_400 - item.added_count
    # Ten pages, and those that were refused at once; afterwards it is known.
    assert calls <= 10 + AT_ONCE
    assert item_of(again).call_count <= 1


def test_years_before_the_first_trade_cost_a_few_calls_by_day():
    with simulated(Plan(seed=42, quirks=Quirks(candle_reach=0))) as stage:
        days = (clock.now_ms() - JANUARY_2024_MS) / DAY_MS
        download = fetch(stage, ["BTC/USDT"], "1h", int(days) + 6 * 365)

        item = item_of(download)
        assert "Not traded before 2024-01-01" in item.note
        assert item.added_count == (item.end_ms - JANUARY_2024_MS) // 3_600_000
        assert len(stage.journal.times()) <= item.added_count // 1000 + 8
        assert not ExchangeGap.objects.exists()


def test_a_symbol_that_is_gone_fails_alone(stage):
    Instrument.objects.create(
        exchange=stage.exchange, symbol="GONE/USDT", base="GONE", quote="USDT"
    )

    download = fetch(stage, ["GONE/USDT", "BTC/USDT"], "1h", 3)

    states = dict(download.items.values_list("instrument__symbol", "state"))
    assert states == {"GONE/USDT": ItemState.FAILED, "BTC/USDT": ItemState.DONE}
    assert download.job.status == "failed"
    assert "1 of 2 series failed" in download.job.error
    assert "GONE" in download.job.error
    assert series_of(stage, "BTC/USDT", "1h").bar_count in (71, 72)


def test_a_symbol_that_vanishes_between_two_calls_keeps_what_came(stage):
    market = stage.simulator.exchange.market
    counted = []

    class Vanishing(Holes):
        def candles(self, *args):
            counted.append(args)
            if len(counted) == 3:
                stage.simulator.exchange.venue.instruments.pop("BTC_USDT")
            return market.candles(*args)

    stage.simulator.exchange.market = Vanishing(market, set(), 0)
    download = fetch(stage, ["BTC/USDT", "ETH/USDT"], "1m", 5)

    states = dict(download.items.values_list("instrument__symbol", "state"))
    assert states["BTC/USDT"] == ItemState.FAILED
    assert states["ETH/USDT"] == ItemState.DONE
    assert series_of(stage, "ETH/USDT", "1m").missing_count == 0


def test_a_period_before_the_listing_says_so(stage):
    listed = clock.now() - timedelta(days=2)
    Instrument.objects.filter(symbol="BTC/USDT").update(listed_at=listed)
    end_ms = clock.now_ms()

    cut = fetch(stage, ["BTC/USDT"], "1h", 30)
    early = request_download(
        DownloadRequest(
            exchange=stage.exchange,
            instruments=list(Instrument.objects.filter(symbol="BTC/USDT")),
            timeframes=["1h"],
            start_at=clock.from_ms(end_ms - 20 * DAY_MS),
            end_at=clock.from_ms(end_ms - 10 * DAY_MS),
        ),
        is_offered=False,
    )
    run(early.job_id)

    assert "Listed on" in item_of(cut).note
    assert item_of(cut).added_count in (47, 48)
    assert item_of(early).state == ItemState.DONE
    assert "after this period" in item_of(early).note


def test_a_cancel_is_felt_within_two_seconds_and_keeps_what_came(stage):
    stage.fault("delay_response", ms=150)
    download = ask(stage, SYMBOLS, "1m", 6)

    def work():
        run(download.job_id)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    while len(stage.journal.times()) < 10:
        time.sleep(0.02)
    asked_at = time.monotonic()
    jobs.request_cancel(download.job)
    thread.join(30)

    # Half a second on a quiet machine: it asks with each report whether to go on.
    assert time.monotonic() - asked_at < 5
    download.job.refresh_from_db()
    assert download.job.status == "cancelled"
    stored = sum(one.bar_count for one in stage_series(stage))
    assert stored > 0
    stage.journal.clear()
    rest = fetch(stage, SYMBOLS, "1m", 6)
    added = sum(rest.items.values_list("added_count", flat=True))
    assert added < 3 * 8640 - stored + 10


def stage_series(stage):
    return Series.objects.filter(instrument__exchange=stage.exchange)


def test_two_downloads_of_one_series_ask_once(stage):
    stage.fault("delay_response", ms=100)
    first, second = (ask(stage, ["BTC/USDT"], "1m", 6) for _n in range(2))

    def work(job_id):
        run(job_id)
        connection.close()

    threads = [
        threading.Thread(target=work, args=(one.job_id,)) for one in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    for download in (first, second):
        download.job.refresh_from_db()
        assert download.job.status == "done", download.job.error
    assert len(stage.journal.times()) <= 11  # nine pages, and a minute that ended
    assert_equal_to_the_simulators(stage, "BTC/USDT", "1m")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"timeframes": ["7m"]}, "timeframes"),
        ({"timeframes": []}, "timeframes"),
        ({"instruments": []}, "instruments"),
        ({"kinds": ["gossip"]}, "kinds"),
        ({"kinds": ["funding"]}, "kinds"),
        ({"start_at": clock.now() + timedelta(days=1)}, "start_at"),
        ({"end_at": clock.now() - timedelta(days=400)}, "end_at"),
        ({"start_at": clock.from_ms(0), "timeframes": ["1m"] * 9}, "start_at"),
    ],
)
def test_a_request_that_cannot_be_names_its_field(changes, field):
    instrument = make_instrument()
    instrument.exchange.is_enabled = True
    wanted = {
        "exchange": instrument.exchange,
        "instruments": [instrument],
        "timeframes": ["1h"],
        "start_at": clock.now() - timedelta(days=30),
    }

    with pytest.raises(InvalidFields) as refused:
        request_download(DownloadRequest(**{**wanted, **changes}))

    assert field in refused.value.errors
    assert not Download.objects.exists()


def test_prices_are_the_exchanges_digits(stage):
    fetch(stage, ["BTC/USDT"], "1h", 2)
    bars = store.read_bars(series_of(stage, "BTC/USDT", "1h"))

    assert all(
        Decimal(repr(price)) % Decimal("0.1") == 0 for price in bars.close.tolist()
    )
