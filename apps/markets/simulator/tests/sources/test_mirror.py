"""A real exchange's book and trades, shown as they come."""

import asyncio
from decimal import Decimal
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import OrderRequest
from apps.markets.simulator.core.quirks import NO_QUIRKS
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.mirror import (
    BookSnapshot,
    BookUpdate,
    Mirror,
    TradeSeen,
)

NAME = "BTC_USDT"
T0 = 1_723_161_255_000


def make_mirror():
    venue = Venue.open(clock=VirtualClock(T0), quirks=NO_QUIRKS)
    venue.set_instrument(Instrument(NAME, "BTC", "USDT", 2, 5))
    venue.ensure_account("ann", deposits={"USDT": Decimal(10**7)})
    market = CandleMarket()
    market.add_instrument(NAME, Grid.of("0.01", "0.00001"))
    venue.subscribe(market.on_event)
    return venue, market, Mirror(venue, market)


def levels(*pairs):
    return tuple((Decimal(price), Decimal(amount)) for price, amount in pairs)


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

    assert mirror.gap_count == 0
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

    request = OrderRequest(
        NAME, "buy", Decimal(203), type="market", time_in_force="ioc"
    )
    order = venue.place("ann", request)

    assert order.filled_amount == 2
    assert order.filled_total == 203


def test_a_lost_update_empties_the_book_until_the_next_snapshot():
    venue, _market, mirror = make_mirror()
    mirror.receive(SNAPSHOT)
    mirror.receive(BookUpdate(NAME, 9, 11, levels((99, 0)), ()))
    assert venue.book(NAME).bids == levels((98, 2))

    mirror.receive(BookUpdate(NAME, 13, 14, levels((97, 1)), ()))
    lost = venue.book(NAME)
    mirror.receive(SNAPSHOT)

    assert (lost.bids, lost.asks, mirror.gap_count) == ((), (), 1)
    assert venue.book(NAME).bids == SNAPSHOT.bids


def test_updates_from_before_the_snapshot_are_passed_over():
    venue, _market, mirror = make_mirror()
    mirror.receive(BookUpdate(NAME, 8, 9, levels((90, 1)), ()))
    mirror.receive(SNAPSHOT)

    mirror.receive(BookUpdate(NAME, 9, 10, levels((99, 7)), ()))

    assert venue.book(NAME).bids == SNAPSHOT.bids


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
