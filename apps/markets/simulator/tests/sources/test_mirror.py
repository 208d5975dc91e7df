"""A real exchange's book and trades, shown as they come."""

import asyncio
from decimal import Decimal
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import OrderRequest
from apps.markets.simulator.core.quirks import NO_QUIRKS
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.mirror import (
    BookSnapshot,
    BookUpdate,
    FeedLost,
    Mirror,
    TradeSeen,
)
from apps.markets.simulator.sources.mirror.book import MirrorBook

NAME = "BTC_USDT"
T0 = 1_723_161_255_000


def make_mirror():
    venue = Venue.open(clock=VirtualClock(T0), quirks=NO_QUIRKS)
    venue.set_instrument(Instrument(NAME, "BTC", "USDT", 2, 5))
    venue.ensure_account("ann", deposits={"USDT": Decimal(10**7)})
    market = CandleMarket()
    venue.subscribe(market.on_event)
    grids = {NAME: Grid.of("0.01", "0.00001")}
    return venue, market, Mirror(venue, market, grids)


def levels(*pairs):
    return tuple((Decimal(price), Decimal(amount)) for price, amount in pairs)


def market_buy(total):
    return OrderRequest(NAME, "buy", Decimal(total), type="market", time_in_force="ioc")


SNAPSHOT = BookSnapshot(NAME, 10, levels((99, 1), (98, 2)), levels((101, 1), (102, 2)))


def recorded(shared, limit):
    """The recorded depth as messages, one for each event of the exchange."""
    file = shared / "data" / "BINANCE_BTC-USDT_depth_20240808.parquet"
    table = pq.read_table(file)
    is_snapshot = np.asarray(table["event"]) == "snapshot"
    snapshots = table.filter(pa.array(is_snapshot)).to_pylist()
    updates = table.filter(pa.array(~is_snapshot)).slice(0, 20_000).to_pylist()
    yield _message(BookSnapshot, snapshots)
    grouped = groupby(updates, key=lambda row: row["last_update_id"])
    for place, (_last_id, group) in enumerate(grouped):
        if place == limit:
            return
        yield _message(BookUpdate, list(group))


def _message(kind, rows):
    sides = [
        tuple(
            (Decimal(repr(row["price"])), Decimal(repr(row["size"])))
            for row in rows
            if row["side"] == side
        )
        for side in ("bid", "ask")
    ]
    first = {} if kind is BookSnapshot else {"first_id": rows[0]["first_update_id"]}
    return kind(
        instrument_id=NAME,
        last_id=rows[0]["last_update_id"],
        bids=sides[0],
        asks=sides[1],
        **first,
    )


def test_the_recorded_book_is_shown_as_its_quotes_were(shared):
    file = shared / "data" / "BINANCE_BTC-USDT_quotes_20240808.parquet"
    quotes = {row["update_id"]: row for row in pq.read_table(file).to_pylist()}
    venue, _market, mirror = make_mirror()
    compared = 0

    for message in recorded(shared, 500):
        mirror.receive(message)
        quote = quotes.get(message.last_id)
        if quote:
            book = venue.book(NAME, 1)
            assert [float(value) for value in book.bids[0]] == [
                quote["bid"],
                quote["bid_size"],
            ]
            assert [float(value) for value in book.asks[0]] == [
                quote["ask"],
                quote["ask_size"],
            ]
            compared += 1

    (report,) = mirror.reports()
    # The first updates are older than the snapshot, as with every real feed.
    assert (report.gap_count, report.refused_count) == (0, 2)
    assert compared > 30


def test_recorded_trades_are_printed_and_counted(shared):
    file = shared / "data" / "BINANCE_BTC-USDT_trades_20240808.parquet"
    rows = pq.read_table(file).slice(0, 500).to_pylist()
    venue, market, mirror = make_mirror()

    for row in rows:
        price, amount = Decimal(repr(row["price"])), Decimal(repr(row["size"]))
        mirror.receive(TradeSeen(NAME, row["side"], price, amount))

    tape = venue.public_trades(NAME, limit=1000)[::-1]
    assert [float(one.price) for one in tape] == [row["price"] for row in rows]
    volume = sum(Decimal(repr(row["size"])) for row in rows)
    assert market.ticker(NAME).base_volume == volume


def test_a_clients_order_has_its_part_of_a_real_trade_first():
    venue, market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)
    venue.place("ann", OrderRequest(NAME, "buy", Decimal("0.3"), Decimal(100)))

    mirror.receive(TradeSeen(NAME, "sell", Decimal(99), Decimal("1")))

    (fill,) = venue.my_trades("ann")
    assert (fill.price, fill.amount, fill.role) == (100, Decimal("0.3"), "maker")
    assert market.ticker(NAME).base_volume == 1


def test_a_client_takes_what_the_real_book_offers():
    venue, _market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)

    order = venue.place("ann", market_buy(203))

    assert order.filled_amount == 2
    assert order.filled_total == 203


def test_a_lost_update_empties_the_book_until_the_next_snapshot():
    venue, _market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)
    mirror.receive(BookUpdate(NAME, 9, 11, levels((99, 0)), ()))
    assert venue.book(NAME).bids == levels((98, 2))

    reason = mirror.receive(BookUpdate(NAME, 13, 14, levels((97, 1)), ()))
    lost = venue.book(NAME)
    (report,) = mirror.reports()
    said = (report.status, report.gap_count)
    mirror.receive(SNAPSHOT)

    assert "updates 12 to 12 are missing" in reason
    assert (lost.bids, lost.asks, *said) == ((), (), "lost", 1)
    assert venue.book(NAME).bids == SNAPSHOT.bids
    assert mirror.reports()[0].status == "live"


def test_a_feed_that_lost_its_way_leaves_nothing_to_trade_with():
    venue, _market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)

    mirror.receive(FeedLost(NAME))

    assert (venue.book(NAME).bids, venue.book(NAME).asks) == ((), ())
    with pytest.raises(Rejected, match="no liquidity"):
        venue.place("ann", market_buy(203))


def test_parts_of_a_lot_are_not_for_sale():
    venue, _market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)

    mirror.receive(
        BookUpdate(NAME, 11, 11, levels((99, "1.2345678"), (98, "0.000001")), ())
    )

    assert venue.book(NAME).bids == levels((99, "1.23456"))


def test_before_the_feed_there_is_no_book():
    venue, _market, mirror = make_mirror()

    assert [report.status for report in mirror.reports()] == ["waiting"]
    assert venue.book(NAME).bids == ()


CHANGES = {
    "nan price": BookUpdate(NAME, 11, 11, levels(("NaN", 1)), ()),
    "signalling nan": BookUpdate(NAME, 11, 11, levels(("sNaN", 1)), ()),
    "infinite amount": BookUpdate(NAME, 11, 11, levels((99, "Infinity")), ()),
    "negative price": BookUpdate(NAME, 11, 11, levels((-99, 1)), ()),
    "price of nothing": BookUpdate(NAME, 11, 11, levels((0, 1)), ()),
    "negative amount": BookUpdate(NAME, 11, 11, (), levels((101, -1))),
    "between ticks": BookUpdate(NAME, 11, 11, levels(("98.005", 1)), ()),
    "less than a lot": TradeSeen(NAME, "buy", Decimal(99), Decimal("0.000001")),
    "huge": BookUpdate(NAME, 11, 11, levels((98, "1E+30")), ()),
    "crossed": BookUpdate(NAME, 11, 11, levels((101, 1)), ()),
    "crossed late": BookUpdate(NAME, 11, 11, levels((99, 0), (102, 1)), ()),
    "ids reversed": BookUpdate(NAME, 12, 11, (), ()),
    "old": BookUpdate(NAME, 9, 10, levels((99, 7)), ()),
    "old snapshot": BookSnapshot(NAME, 9, levels((90, 1)), ()),
    "crossed snapshot": BookSnapshot(NAME, 11, levels((101, 1)), levels((101, 1))),
    "unsorted snapshot": BookSnapshot(NAME, 11, levels((98, 1), (99, 1)), ()),
    "level twice": BookSnapshot(NAME, 11, levels((98, 1), (98, 1)), ()),
    "empty level": BookSnapshot(NAME, 11, levels((98, 0)), ()),
    "trade of nan": TradeSeen(NAME, "buy", Decimal("NaN"), Decimal(1)),
    "negative trade": TradeSeen(NAME, "buy", Decimal(99), Decimal(-1)),
    "empty trade": TradeSeen(NAME, "buy", Decimal(99), Decimal(0)),
    "trade twice": TradeSeen(NAME, "sell", Decimal(98), Decimal(1), 7),
    "trade out of order": TradeSeen(NAME, "sell", Decimal(98), Decimal(1), 6),
    "trade of no side": TradeSeen(NAME, "hold", Decimal(98), Decimal(1)),
    "trade beyond measure": TradeSeen(NAME, "buy", Decimal(10**9), Decimal(10**9)),
}


@pytest.mark.parametrize("message", CHANGES.values(), ids=CHANGES)
def test_what_no_exchange_can_have_said_changes_nothing(message):
    venue, market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)
    mirror.receive(TradeSeen(NAME, "sell", Decimal(99), Decimal(1), 7))
    venue.place("ann", OrderRequest(NAME, "buy", Decimal(1), Decimal("98.5")))
    before = seen_of(venue, market)

    reason = mirror.receive(message)

    assert reason
    assert seen_of(venue, market) == before
    (report,) = mirror.reports()
    assert (report.taken_count, report.refused_count) == (2, 1)
    assert report.last_refusal == reason
    assert report.status == "live"


def seen_of(venue, market):
    """Everything that a message could have changed."""
    book = venue.book(NAME, 100)
    return (
        (book.id, book.bids, book.asks),
        venue.public_trades(NAME),
        venue.balances("ann"),
        market.ticker(NAME),
    )


def test_after_a_refused_update_the_next_one_is_a_gap():
    venue, _market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)
    mirror.receive(CHANGES["crossed"])

    mirror.receive(BookUpdate(NAME, 12, 12, levels((97, 1)), ()))

    assert mirror.reports()[0].status == "lost"
    assert venue.book(NAME).bids == ()


def test_an_instrument_that_is_not_mirrored_is_only_counted():
    venue, _market, mirror = make_mirror()

    reason = mirror.receive(BookSnapshot("PEPE_USDT", 1, (), ()))

    assert "is not mirrored" in reason
    assert mirror.unknown_count == 1
    assert "PEPE_USDT" not in venue.instruments


def test_levels_far_from_the_price_do_not_pile_up():
    book = MirrorBook(Grid.of("0.01", "0.00001"))
    book.load(SNAPSHOT)

    for number in range(11, 21):
        low = (number - 10) * 1000
        far = levels(*((90 - (low + k) * Decimal("0.001"), 1) for k in range(1000)))
        book.apply(BookUpdate(NAME, number, number, far, ()))

    assert book.levels()[0][0] == (99, 1)
    assert book.count() == (5_000, 2)


def test_updates_from_before_the_snapshot_are_passed_over():
    venue, _market, mirror = make_mirror()
    mirror.receive(BookUpdate(NAME, 8, 9, levels((90, 1)), ()))
    mirror.receive(SNAPSHOT)

    mirror.receive(BookUpdate(NAME, 9, 10, levels((99, 7)), ()))

    assert venue.book(NAME).bids == SNAPSHOT.bids


def test_a_clients_order_is_filled_when_the_book_goes_through_it():
    venue, _market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)
    venue.place("ann", OrderRequest(NAME, "buy", Decimal("0.3"), Decimal(100)))

    mirror.receive(
        BookUpdate(NAME, 11, 12, levels((98, 0)), levels((101, 0), ("99.5", 1)))
    )

    (fill,) = venue.my_trades("ann")
    assert (fill.price, fill.amount) == (100, Decimal("0.3"))


async def test_a_feed_is_followed_until_it_is_cancelled():
    venue, _market, mirror = make_mirror()
    queue: asyncio.Queue[BookSnapshot] = asyncio.Queue()

    async def feed():
        while True:
            yield await queue.get()
            queue.task_done()

    task = asyncio.create_task(mirror.run(feed()))
    await queue.put(SNAPSHOT)
    await queue.join()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert venue.book(NAME).asks == SNAPSHOT.asks
