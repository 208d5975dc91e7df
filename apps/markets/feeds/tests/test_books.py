"""Books: rebuilt exactly, or shown not at all."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.markets.feeds.books import GAP, NO_SNAPSHOT, NOT_A_LEVEL, BookBuilder
from apps.markets.feeds.checks import CROSSED, OUT_OF_ORDER, TWICE
from apps.markets.gateways.streams import BookUpdate


def levels(*pairs):
    return tuple((Decimal(price), Decimal(size)) for price, size in pairs)


def full(last=10, bids=(("99", "1"),), asks=(("101", "1"),)):
    return BookUpdate(levels(*bids), levels(*asks), True, last=last)


def change(first, last=None, bids=(), asks=()):
    return BookUpdate(levels(*bids), levels(*asks), False, first, last or first)


def test_changes_in_sequence_are_merged():
    book = BookBuilder()
    rules = [
        book.told(full()),
        book.told(change(11, bids=[("99", "0"), ("98", "2")])),
        book.told(change(12, 14, asks=[("101", "3")])),
    ]

    assert rules == ["", "", ""]
    assert book.best_bids(5) == levels(("98", "2"))
    assert book.best_asks(5) == levels(("101", "3"))


@pytest.mark.parametrize(
    ("update", "rule"),
    [
        (change(12, bids=[("98", "1")]), GAP),
        (change(11, bids=[("102", "1")]), CROSSED),
        (change(11, bids=[("NaN", "1")]), NOT_A_LEVEL),
        (change(11, bids=[("-1", "1")]), NOT_A_LEVEL),
    ],
)
def test_wrong_book_is_shown_no_more(update, rule):
    book = BookBuilder()
    book.told(full())

    assert book.told(update) == rule
    assert book.needs_snapshot
    assert (book.best_bids(5), book.best_asks(5)) == ((), ())
    assert book.told(change(13)) == NO_SNAPSHOT


def test_old_news_change_nothing():
    book = BookBuilder()
    book.told(full(10))

    assert book.told(change(9, 10, bids=[("50", "1")])) == TWICE
    assert book.told(full(8)) == OUT_OF_ORDER
    assert book.best_bids(5) == levels(("99", "1"))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["bid", "ask"]),
            st.integers(1, 8),
            st.integers(0, 3),
            st.sampled_from(["as it is", "twice", "lost"]),
        ),
        max_size=40,
    )
)
def test_book_is_the_exchanges_or_none(changes):
    """Whatever is lost or repeated, what is shown equals the exchange's book."""
    theirs = {"bid": {Decimal(99): Decimal(1)}, "ask": {Decimal(101): Decimal(1)}}
    book, last = BookBuilder(), 10
    book.told(full(last))
    for side, step, size, fate in changes:
        price = Decimal(100 - step if side == "bid" else 100 + step)
        if size:
            theirs[side][price] = Decimal(size)
        else:
            theirs[side].pop(price, None)
        last += 1
        pairs = [(str(price), str(size))]
        update = change(last, **{"bids" if side == "bid" else "asks": pairs})
        if fate != "lost":
            book.told(update)
        if fate == "twice":
            book.told(update)
        if not book.needs_snapshot and book.sequence == last:
            assert book.bids == theirs["bid"]
            assert book.asks == theirs["ask"]
        if book.needs_snapshot:
            book.told(
                BookUpdate(
                    tuple(theirs["bid"].items()),
                    tuple(theirs["ask"].items()),
                    True,
                    last=last,
                )
            )
