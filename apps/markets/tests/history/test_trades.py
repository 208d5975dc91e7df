"""Public trades: packed days, merged by id, fetched backwards page by page."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common import clock
from apps.common.jobs.runner import run
from apps.markets.errors import CorruptedChunk
from apps.markets.factories import JANUARY_2024_MS, make_instrument
from apps.markets.models import HistoryKind, TradeDay
from apps.markets.services.history import DownloadRequest, request_download
from apps.markets.services.instruments import sync_instruments
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import OrderRequest
from apps.markets.simulator.web.launch import AccountPlan, Plan
from apps.markets.tests.history.stage import simulated
from apps.markets.trades import codec, store
from apps.markets.trades.store import DAY_MS, merged, read_trades, trades_of, write_day

NEW = Instrument("NEW_USDT", "NEW", "USDT", 2, 2)
rows = st.lists(
    st.tuples(
        st.integers(0, DAY_MS - 1).map(lambda ms: JANUARY_2024_MS + ms),
        st.floats(1e-9, 1e9),
        st.floats(0, 1e9),
        st.sampled_from(["buy", "sell", None]),
        st.text("0123456789abc-", min_size=1, max_size=20),
    ),
    max_size=40,
)


def same(one, other):
    return (
        one.time_ms.tolist() == other.time_ms.tolist()
        and one.price.tolist() == other.price.tolist()
        and one.quantity.tolist() == other.quantity.tolist()
        and one.side.tolist() == other.side.tolist()
        and tuple(one.ids) == tuple(other.ids)
    )


@given(rows)
def test_a_day_comes_back_as_it_was_packed(given_rows):
    trades = trades_of(given_rows)

    assert same(codec.decode(codec.encode(JANUARY_2024_MS, trades)), trades)


@given(rows, rows)
@settings(max_examples=50)
def test_merging_keeps_each_id_once_in_order(old, new):
    both = merged(trades_of(old), trades_of(new))

    assert sorted(both.ids) == sorted({row[4] for row in [*old, *new]})
    assert bool(np.all(np.diff(both.time_ms) >= 0))


def test_a_changed_byte_is_found():
    day = codec.encode(JANUARY_2024_MS, make_trades(range(100)))
    broken = bytearray(day.data)
    broken[-1] ^= 1

    with pytest.raises(CorruptedChunk):
        codec.decode(
            codec.PackedDay(day.start_ms, day.trade_count, bytes(broken), day.sha256)
        )


def make_trades(numbers):
    return trades_of(
        (JANUARY_2024_MS + n * 1000, 100.0 + n, 1.0, "buy", str(n)) for n in numbers
    )


@pytest.mark.django_db
def test_days_grow_and_are_read_across_their_edges():
    instrument = make_instrument()
    first = write_day(
        instrument, JANUARY_2024_MS, make_trades(range(10)), is_complete=False
    )
    again = write_day(
        instrument, JANUARY_2024_MS, make_trades(range(5, 15)), is_complete=True
    )

    found = read_trades(instrument, JANUARY_2024_MS + 3000, JANUARY_2024_MS + 12_000)

    assert (first, again) == (10, 5)
    assert list(found.ids) == [str(n) for n in range(3, 12)]
    assert TradeDay.objects.get().is_complete


@pytest.mark.django_db(transaction=True)
def test_trades_of_many_pages_arrive_whole():
    deposits = {"USDT": Decimal(10**9)}
    plan = Plan(seed=42, speed=0, accounts=[AccountPlan("bob", "secret", deposits)])
    with simulated(plan, is_synced=False) as stage:
        start_ms = stage.now_ms()
        stage.call(stage.simulator.exchange.venue.set_instrument, NEW)
        for _second in range(6):
            stage.call(trade_on, stage.simulator.exchange.venue, 450)
            stage.advance(1000)
        sync_instruments(stage.exchange)
        instrument = stage.exchange.instruments.get(symbol="NEW/USDT")
        with clock.held_at(clock.from_ms(stage.now_ms())):
            download = request_download(
                DownloadRequest(
                    exchange=stage.exchange,
                    instruments=[instrument],
                    kinds=[HistoryKind.TRADES],
                    start_at=clock.from_ms(start_ms),
                ),
                is_offered=False,
            )
            run(download.job_id)
        download.job.refresh_from_db()
        item = download.items.get()
        truth = stage.trades("NEW/USDT")

        stored = store.read_trades(instrument, item.start_ms, item.end_ms)

        assert download.job.status == "done", download.job.error
        assert len(truth) == 6 * 450
        assert sorted(map(int, stored.ids)) == sorted(one.id for one in truth)
        prices = dict(zip(stored.ids, stored.price.tolist(), strict=True))
        assert prices == {str(one.id): float(one.price) for one in truth}
        assert item.call_count == len(stage.journal.times("/spot/trades"))


def trade_on(venue, count):
    for number in range(count):
        price = Decimal(2000 + number % 7)
        venue.make_market("NEW_USDT", ([], [(price, Decimal(1))]))
        venue.place("bob", OrderRequest("NEW_USDT", "buy", Decimal(1), price))
