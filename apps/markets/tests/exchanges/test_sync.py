"""Instruments follow the exchange's list, over real sockets."""

from decimal import Decimal

import pytest

from apps.common.leases import acquire
from apps.markets import factories
from apps.markets.gateways.errors import GatewayError, Unreachable
from apps.markets.models import Exchange, Instrument, InstrumentKind
from apps.markets.services.instruments import SyncRunning, sync_instruments
from apps.markets.tests.exchange_room import make_exchange

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def synced(exchange):
    sync_instruments(exchange)
    return exchange


def named(symbol: str) -> Instrument:
    return Instrument.objects.get(symbol=symbol)


def history(symbol: str) -> list[tuple[str, str, str]]:
    changes = named(symbol).changes.order_by("id")
    return [(one.field, one.old, one.new) for one in changes]


def test_the_first_list_brings_rules_and_no_news(exchange, news):
    done = sync_instruments(exchange)

    bitcoin = named("BTC/USDT")
    assert (done.total, done.listed, done.refused) == (3, 3, 0)
    assert (bitcoin.exchange_symbol, bitcoin.kind) == ("BTC_USDT", InstrumentKind.SPOT)
    assert (bitcoin.base, bitcoin.quote, bitcoin.status) == ("BTC", "USDT", "active")
    assert bitcoin.tick_size == Decimal("0.1")
    assert bitcoin.lot_size == bitcoin.minimum_quantity == Decimal("0.00001")
    assert bitcoin.minimum_notional == 3
    assert bitcoin.maker_fee == bitcoin.taker_fee == Decimal("0.002")
    assert bitcoin.synced_at == Exchange.objects.get().instruments_synced_at
    assert history("BTC/USDT") == news() == []


def test_nothing_changed_is_nothing_written_down(synced, news):
    done = sync_instruments(synced)

    assert (done.total, done.changed, done.listed) == (3, 0, 0)
    assert news() == []


def test_other_rules_are_kept_with_their_history(room, synced, news):
    room.fault("rules", pair="BTC_USDT", price_precision=3)

    done = sync_instruments(synced)

    assert done.changed == 1
    assert named("BTC/USDT").tick_size == Decimal("0.001")
    assert history("BTC/USDT") == [("tick_size", "0.1", "0.001")]
    ((name, told),) = news()
    assert (name, told["symbol"], told["fields"]) == (
        "InstrumentChanged",
        "BTC/USDT",
        "tick_size",
    )


def test_a_halted_one_is_marked_and_resumes(room, synced, news):
    room.fault("halt", pair="ETH_USDT")
    assert sync_instruments(synced).halted == 1
    assert named("ETH/USDT").status == "halted"

    room.clear_faults()
    assert sync_instruments(synced).resumed == 1

    assert named("ETH/USDT").is_active
    assert [name for name, _ in news()] == ["InstrumentHalted", "InstrumentResumed"]
    assert history("ETH/USDT") == [
        ("status", "active", "halted"),
        ("status", "halted", "active"),
    ]


def test_one_flagged_as_delisted_stays_with_its_candles(room, synced, news):
    series = factories.make_series("SOL/USDT", exchange="simulator")
    room.fault("delist", pair="SOL_USDT")

    assert sync_instruments(synced).delisted == 1
    assert sync_instruments(synced).delisted == 0

    assert named("SOL/USDT").status == "delisted"
    assert named("SOL/USDT").delisted_at is not None
    assert list(named("SOL/USDT").series.all()) == [series]
    assert [name for name, _ in news()] == ["InstrumentDelisted"]


def test_one_that_is_gone_from_the_list_is_delisted_and_may_return(room, synced, news):
    market = room.drop_market("SOL_USDT")
    assert sync_instruments(synced).delisted == 1
    assert named("SOL/USDT").delisted_at is not None

    room.put_market(market)
    assert sync_instruments(synced).listed == 1

    assert named("SOL/USDT").is_active
    assert named("SOL/USDT").delisted_at is None
    assert [name for name, _ in news()] == ["InstrumentDelisted", "InstrumentListed"]


def test_a_new_one_is_listed_with_the_time_it_was_seen(room, synced, news):
    room.list_market("NEW_USDT")

    assert sync_instruments(synced).listed == 1

    assert named("NEW/USDT").listed_at == named("NEW/USDT").synced_at
    assert news()[0][1]["instrument_id"] == named("NEW/USDT").pk


def test_an_instrument_of_an_imported_file_is_taken_over(room, exchange, news):
    ours = factories.make_instrument("BTC/USDT", exchange="simulator")
    factories.make_instrument("OLD/USDT", exchange="simulator")

    done = sync_instruments(exchange)

    assert done.listed == 2
    assert named("BTC/USDT").pk == ours.pk
    assert named("BTC/USDT").exchange_symbol == "BTC_USDT"
    assert named("OLD/USDT").is_active, "no list ever had it: nothing speaks against it"
    assert history("BTC/USDT") == news() == []


def test_two_at_once_the_second_says_so(synced):
    lease = acquire(f"markets:instruments:{synced.code}")

    with pytest.raises(SyncRunning, match="synchronised already"):
        sync_instruments(synced)

    lease.release()
    assert sync_instruments(synced).total == 3


def test_a_failed_call_changes_nothing_and_is_noted(room, synced):
    room.fault("answer", path="/spot/currency_pairs", status=500, message="no")

    with pytest.raises(GatewayError):
        sync_instruments(synced)

    assert Instrument.objects.active().count() == 3
    synced.refresh_from_db()
    assert synced.state == "failing"
    assert synced.recent_errors[0]["call"] == "GET /spot/currency_pairs"


def test_garbage_in_place_of_the_list_changes_nothing(room, synced):
    room.fault("garbage", path="/spot/currency_pairs")

    with pytest.raises(GatewayError):
        sync_instruments(synced)

    assert Instrument.objects.active().count() == 3


def test_no_simulator_is_unreachable(db):
    exchange = make_exchange("")

    with pytest.raises(Unreachable, match="No simulator"):
        sync_instruments(exchange)

    exchange.refresh_from_db()
    assert exchange.state == "unreachable"


def test_progress_is_told_and_a_stop_is_felt_between_batches(exchange):
    told = []

    def report(done, total, stage):
        told.append((done, total, stage))

    sync_instruments(exchange, report=report)

    assert told == [(0, 0, "Asking the exchange"), (3, 3, "Writing instruments")]
