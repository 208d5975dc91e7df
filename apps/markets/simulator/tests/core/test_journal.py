"""The journal: chained, synced before anything shows, restored at a start."""

import asyncio
from decimal import Decimal
from hashlib import sha256

import orjson
import pytest

from apps.markets.simulator.core.accounts import Key
from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.errors import JournalBroken, JournalUnusable, Rejected
from apps.markets.simulator.core.events import BookChanged, OrderChanged
from apps.markets.simulator.core.venue import JOURNAL, Venue
from apps.markets.simulator.tests.core.factories import (
    BTC,
    START_MS,
    levels,
    limit,
    make_venue,
    market,
)


def trade_a_little(venue):
    venue.make_market(BTC, (levels(("99", "5")), levels(("101", "5"))))
    venue.place("ann", limit("buy", "1", "100", text="t-rest"))
    venue.place("ben", limit("sell", "0.4", "100"))
    venue.place("ben", market("buy", "150"))
    with pytest.raises(Rejected):
        venue.place("ben", limit("buy", "1000", "100"))


def test_each_line_carries_the_hash_of_the_one_before(tmp_path):
    venue = make_venue(tmp_path)
    trade_a_little(venue)

    lines = (tmp_path / JOURNAL).read_bytes().splitlines()

    head = "0" * 64
    for number, line in enumerate(lines, start=1):
        said = orjson.loads(line)
        assert (said["n"], said["prev"]) == (number, head)
        head = sha256(line).hexdigest()
    assert venue.truth()["hash"] == head


class HurryingClock(VirtualClock):
    """A millisecond passes with every look, as it may on a busy machine."""

    def now_ms(self):
        self.advance(1)
        return super().now_ms()


def test_an_order_keeps_its_times_over_a_restart_on_a_busy_machine(tmp_path):
    clock = HurryingClock(START_MS)
    venue = make_venue(tmp_path, clock=clock)
    venue.make_market(BTC, lambda: (levels(("99", "5")), levels(("101", "5"))))
    bought = venue.place("ann", market("buy", "150"))
    rested = venue.place("ann", limit("buy", "1", "90"))
    venue.amend("ann", rested.id, amount=Decimal("0.5"))
    before = [venue.order("ann", order.id) for order in (bought, rested)]
    venue.close()

    again = make_venue(tmp_path, clock=clock)

    assert [again.order("ann", order.id) for order in before] == before


def test_a_restart_brings_orders_balances_and_fills_back(tmp_path):
    venue = make_venue(tmp_path)
    trade_a_little(venue)
    venue.close()

    again = make_venue(tmp_path)

    assert again.balances("ann") == venue.balances("ann")
    assert again.my_trades("ben") == venue.my_trades("ben")
    assert again.account_book("ben") == venue.account_book("ben")
    assert again.order("ann", "t-rest") == venue.order("ann", "t-rest")
    assert again.book(BTC).bids == ((Decimal(100), Decimal("0.6")),)


def test_ids_go_on_after_a_restart(tmp_path):
    venue = make_venue(tmp_path)
    trade_a_little(venue)
    printed = venue.print_trade(BTC, "buy", Decimal(1), Decimal(100))
    book_id = venue.book(BTC).id
    venue.close()

    again = make_venue(tmp_path, clock=VirtualClock(START_MS + 1000))

    assert again.print_trade(BTC, "buy", Decimal(1), Decimal(100)).id > printed.id
    assert again.place("ann", limit("buy", "1", "90")).id == 4
    assert again.book(BTC).id >= book_id


def test_a_start_from_a_snapshot_equals_one_from_the_journal(tmp_path):
    venue = make_venue(tmp_path, snapshot_every=10)
    trade_a_little(venue)
    for _ in range(10):
        venue.place("ann", limit("buy", "0.1", "90"))
    venue.close()
    assert (tmp_path / "snapshot.json").exists()

    with_snapshot = Venue.open(tmp_path, clock=venue.clock)
    shown = everything(with_snapshot)
    with_snapshot.close()
    (tmp_path / "snapshot.json").unlink()
    without = Venue.open(tmp_path, clock=venue.clock)

    assert everything(without) == shown


def everything(venue):
    return [
        (
            venue.balances(name),
            venue.open_orders(name),
            venue.finished_orders(name),
            venue.my_trades(name),
            venue.account_book(name),
        )
        for name in venue.accounts
    ]


def test_an_operation_torn_at_the_end_is_cut_off(tmp_path):
    venue = make_venue(tmp_path)
    venue.place("ann", limit("buy", "1", "100"))
    size = (tmp_path / JOURNAL).stat().st_size
    venue.place("ann", limit("buy", "1", "100"))
    venue.close()
    with (tmp_path / JOURNAL).open("r+b") as file:
        file.truncate((tmp_path / JOURNAL).stat().st_size - 7)

    again = Venue.open(tmp_path)

    assert len(again.open_orders("ann")) == 1
    assert again.balances("ann")["USDT"].locked == 100
    assert (tmp_path / JOURNAL).stat().st_size == size


def test_a_changed_line_stops_the_start_and_is_named(tmp_path):
    venue = make_venue(tmp_path)
    trade_a_little(venue)
    venue.close()
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    lines[6] = lines[6].replace(b'"t":17', b'"t":18', 1)
    (tmp_path / JOURNAL).write_bytes(b"".join(lines))

    with pytest.raises(JournalBroken) as broken:
        Venue.open(tmp_path)

    assert broken.value.line == 7


def test_a_second_process_cannot_open_the_journal(tmp_path):
    venue = make_venue(tmp_path)

    with pytest.raises(JournalUnusable):
        Venue.open(tmp_path)

    venue.close()


def test_news_waits_until_the_line_is_on_disk(tmp_path, monkeypatch):
    async def scene():
        venue = make_venue(tmp_path, group_commit=True)
        news = []
        venue.subscribe(news.append)
        venue.watch_book(BTC)
        venue.place("ann", limit("buy", "1", "100"))
        venue.make_market(BTC, (levels(("99", "5")), levels(("101", "5"))))
        before = list(news)
        await venue.durable()
        venue.close()
        return before, news

    before, news = asyncio.run(scene())

    assert before == []
    assert isinstance(news[0], OrderChanged)
    books = [one for one in news if isinstance(one, BookChanged)]
    assert [books[0].last_id + 1] == [books[1].first_id]


def test_a_full_disk_is_told_to_who_waits(tmp_path, monkeypatch):
    async def scene():
        venue = make_venue(tmp_path, group_commit=True)
        news = []
        venue.subscribe(news.append)

        def full(data):
            raise OSError("no space left on device")

        monkeypatch.setattr(venue._storage, "write", full)
        venue.place("ann", limit("buy", "1", "100"))
        with pytest.raises(JournalUnusable, match="no space"):
            await venue.durable()
        with pytest.raises(JournalUnusable):
            venue.place("ann", limit("buy", "1", "100"))
        return news

    assert asyncio.run(scene()) == []


def test_requests_are_counted_by_text(tmp_path):
    venue = make_venue(tmp_path)
    for text in ("t-a", "t-a", "t-b", ""):
        venue.request_arrived("POST", "/spot/orders", text, "ann")

    assert venue.truth()["requests"] == {"t-a": 2, "t-b": 1}


def test_secrets_never_reach_the_journal(tmp_path):
    venue = make_venue(tmp_path)
    venue.ensure_account("ann", keys={"KEY": Key("very-secret")})

    assert b"very-secret" not in (tmp_path / JOURNAL).read_bytes()
    account, key = venue.account_of_key("KEY")
    assert (account.id, key.secret) == ("ann", "very-secret")


def test_a_refused_sale_leaves_no_balance_behind(tmp_path):
    venue = make_venue(tmp_path)
    venue.ensure_account("cat", deposits={"USDT": Decimal(100)})
    with pytest.raises(Rejected):
        venue.place("cat", limit("sell", "1", "100"))

    assert list(venue.balances("cat")) == ["USDT"]


def test_what_came_and_went_at_once_is_a_balance_of_zero(tmp_path):
    venue = make_venue(tmp_path)
    venue.make_market(BTC, (levels(("99", "1")), levels(("100", "1"))))
    venue.take(BTC, "buy", Decimal(1))  # the background from itself
    held = venue.balances("liquidity")
    venue.close()

    assert set(held) == {"BTC", "USDT"}
    assert make_venue(tmp_path).balances("liquidity") == held
