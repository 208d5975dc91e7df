"""Background liquidity: it trades with clients and stays out of the journal."""

from decimal import Decimal

import pytest

from apps.markets.simulator.core.events import BookChanged
from apps.markets.simulator.tests.core.factories import (
    BTC,
    levels,
    limit,
    make_venue,
)


@pytest.fixture
def venue():
    return make_venue()


def test_quotes_leave_no_line_in_the_journal(venue):
    lines = venue.lines

    venue.make_market(BTC, (levels(("99", "5")), levels(("101", "5"))))

    assert venue.lines == lines
    assert venue.book(BTC).asks == ((Decimal(101), Decimal(5)),)


def test_quotes_that_reach_a_client_order_fill_it_at_its_price(venue):
    order = venue.place("ann", limit("buy", "2", "100"))

    venue.make_market(BTC, (levels(("97", "5")), levels(("98", "1.5"), ("99", "3"))))

    filled = venue.order("ann", order.id)
    assert (filled.status, filled.avg_deal_price) == ("closed", 100)
    assert venue.my_trades("ann")[0].role == "maker"
    assert venue.book(BTC).asks == ((Decimal(99), Decimal("2.5")),)


def test_an_older_quote_at_the_same_price_trades_first(venue):
    venue.make_market(BTC, (levels(("99", "5")), []))
    order = venue.place("ann", limit("buy", "1", "99"))
    venue.make_market(BTC, (levels(("99", "4")), []))

    venue.place("ben", limit("sell", "4", "99"))

    assert venue.order("ann", order.id).filled_amount == 0


def test_quotes_are_built_only_when_somebody_looks(venue):
    asked = []

    def build():
        asked.append(1)
        return levels(("99", "5")), []

    for _ in range(3):
        venue.make_market(BTC, build)
    unseen = len(asked)
    venue.book(BTC)
    seen = len(asked)
    venue.place("ann", limit("buy", "1", "90"))
    venue.make_market(BTC, build)

    assert (unseen, seen, len(asked)) == (0, 1, 2)


def test_the_background_takes_clients_orders_in_turn(venue):
    order = venue.place("ann", limit("sell", "2", "100"))
    venue.make_market(BTC, (levels(("98", "5")), levels(("100", "5"), ("101", "5"))))

    taken = venue.take(BTC, "buy", Decimal(9), Decimal(100))

    assert taken == 7
    assert venue.order("ann", order.id).status == "closed"
    assert venue.book(BTC).asks == ((Decimal(101), Decimal(5)),)


def test_crossed_quotes_are_a_mistake_of_the_source(venue):
    with pytest.raises(ValueError, match="above ask"):
        venue.make_market(BTC, (levels(("101", "5")), levels(("100", "5"))))


def test_quotes_without_a_spread_trade_with_clients_and_not_with_themselves(venue):
    meeting = (levels(("100", "5")), levels(("100", "5")))
    venue.make_market(BTC, meeting)
    bought = venue.place("ann", limit("buy", "8", "100"))
    waiting = venue.place("ben", limit("buy", "1", "90"))
    for _ in range(3):
        venue.make_market(BTC, meeting)

    assert venue.order("ann", bought.id).status == "closed"
    assert venue.order("ben", waiting.id).left == 1
    assert len(venue.public_trades(BTC)) == 2


def test_every_changed_level_raises_the_books_id(venue):
    news = []
    venue.subscribe(news.append)
    leave = venue.watch_book(BTC)
    first = venue.book(BTC).id
    venue.make_market(BTC, (levels(("99", "5")), levels(("101", "5"))))
    venue.make_market(BTC, (levels(("99", "5")), levels(("102", "5"))))
    leave()
    venue.make_market(BTC, (levels(("98", "5")), levels(("102", "5"))))

    one, two = (event for event in news if isinstance(event, BookChanged))
    assert (one.first_id, one.last_id) == (first + 1, first + 2)
    assert (two.first_id, two.last_id) == (first + 3, first + 4)
    assert two.asks == ((Decimal(101), 0), (Decimal(102), Decimal(5)))


def test_prints_reach_the_tape_newest_first(venue):
    for price in ("100", "101", "102"):
        last = venue.print_trade(BTC, "buy", Decimal(1), Decimal(price))

    assert [trade.price for trade in venue.public_trades(BTC, limit=2)] == [102, 101]
    assert venue.public_trades(BTC, last_id=last.id) == []
    assert venue.last_price(BTC) == 102
