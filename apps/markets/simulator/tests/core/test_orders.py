"""Orders: what is taken, what is refused, what moves."""

from decimal import Decimal

import pytest

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.tests.core.factories import (
    BTC,
    START_MS,
    levels,
    limit,
    make_instrument,
    make_venue,
    market,
)


@pytest.fixture
def venue():
    return make_venue()


def refusal(action, *args, **kwargs):
    with pytest.raises(Rejected) as refused:
        action(*args, **kwargs)
    return refused.value.label


def test_a_buy_locks_its_price_and_frees_it_when_cancelled(venue):
    order = venue.place("ann", limit("buy", "2", "100"))
    held = venue.balances("ann")["USDT"]

    venue.cancel("ann", order.id)

    assert (held.available, held.locked) == (9800, 200)
    assert venue.balances("ann")["USDT"].available == 10_000


def test_a_better_price_frees_the_difference_at_once(venue):
    venue.place("ben", limit("sell", "1", "90"))

    order = venue.place("ann", limit("buy", "2", "100"))

    balance = venue.balances("ann")["USDT"]
    assert (order.filled_total, order.left) == (90, 1)
    assert (balance.available, balance.locked) == (9810, 100)


def test_fees_leave_the_currency_received_and_reach_the_house(venue):
    venue.place("ben", limit("sell", "1", "100"))

    order = venue.place("ann", limit("buy", "1", "100"))

    maker = venue.my_trades("ben")[0]
    house = venue.balances("house")
    assert (order.fee, order.fee_currency) == (Decimal("0.002"), "BTC")
    assert (maker.fee, maker.fee_currency, maker.role) == (
        Decimal("0.1"),
        "USDT",
        "maker",
    )
    assert venue.balances("ann")["BTC"].available == Decimal("10.998")
    assert (house["BTC"].total, house["USDT"].total) == (order.fee, maker.fee)


def test_an_account_may_have_fees_of_its_own(venue):
    venue.ensure_account("ann", taker_fee=Decimal("0.01"))
    venue.place("ben", limit("sell", "1", "100"))

    assert venue.place("ann", limit("buy", "1", "100")).fee == Decimal("0.01")


def test_the_older_order_of_a_price_trades_first(venue):
    first = venue.place("ann", limit("sell", "1", "100"))
    second = venue.place("ann", limit("sell", "1", "100"))
    better = venue.place("ann", limit("sell", "1", "99"))

    venue.place("ben", limit("buy", "2", "100"))

    assert venue.order("ann", better.id).status == "closed"
    assert venue.order("ann", first.id).status == "closed"
    assert venue.order("ann", second.id).filled_amount == 0


def test_a_market_buy_spends_money_and_leaves_the_dust(venue):
    venue.place("ben", limit("sell", "1", "300"))

    order = venue.place("ann", market("buy", "100"))

    assert (order.status, order.finish_as) == ("closed", "filled")
    assert order.filled_amount == Decimal("0.3333")
    assert order.left == Decimal("0.01")
    assert venue.balances("ann")["USDT"].available == Decimal("9900.01")


def test_a_market_order_without_enough_depth_ends_as_ioc(venue):
    venue.place("ben", limit("buy", "1", "100"))

    order = venue.place("ann", market("sell", "3"))

    assert (order.status, order.finish_as, order.left) == ("cancelled", "ioc", 2)
    assert venue.balances("ann")["BTC"].available == 9


def test_ioc_drops_its_rest_and_poc_and_fok_are_refused(venue):
    venue.place("ben", limit("sell", "1", "100"))
    place = venue.place

    poc = refusal(place, "ann", limit("buy", "1", "100", time_in_force="poc"))
    fok = refusal(place, "ann", limit("buy", "2", "100", time_in_force="fok"))
    ioc = place("ann", limit("buy", "2", "100", time_in_force="ioc"))

    assert (poc, fok) == ("POC_FILL_IMMEDIATELY", "FOK_NOT_FILL")
    assert (ioc.finish_as, ioc.filled_amount, ioc.left) == ("ioc", 1, 1)


@pytest.mark.parametrize(
    ("request_", "label"),
    [
        (limit("buy", "1", "100.001"), "INVALID_PRECISION"),
        (limit("buy", "1.00001", "100"), "INVALID_PRECISION"),
        (limit("buy", "0.005", "100"), "INVALID_PARAM_VALUE"),
        (limit("buy", "0", "100"), "INVALID_PARAM_VALUE"),
        (limit("buy", "-1", "100"), "INVALID_PARAM_VALUE"),
        (limit("buy", "NaN", "100"), "INVALID_PARAM_VALUE"),
        (limit("buy", "Infinity", "100"), "INVALID_PARAM_VALUE"),
        (limit("buy", "9" * 40, "100"), "INVALID_PARAM_VALUE"),
        (limit("buy", "1", "1e-40"), "INVALID_PRECISION"),
        (limit("buy", "101", "100"), "BALANCE_NOT_ENOUGH"),
        (limit("sell", "11", "100"), "BALANCE_NOT_ENOUGH"),
        (limit("buy", "1", "100", text="trend1"), "INVALID_PARAM_VALUE"),
        (limit("buy", "1", "100", text="t-" + "a" * 29), "INVALID_PARAM_VALUE"),
        (limit("buy", "1", "100", stp_act="cn"), "INVALID_PARAM_VALUE"),
        (limit("hold", "1", "100"), "INVALID_PARAM_VALUE"),
        (market("buy", "100"), "ORDER_BOOK_NOT_FOUND"),
        (market("buy", "100", time_in_force="gtc"), "INVALID_PARAM_VALUE"),
        (market("buy", "100", instrument="NO_PE"), "INVALID_CURRENCY_PAIR"),
    ],
)
def test_bad_orders_get_gates_label_and_change_nothing(request_, label):
    venue = make_venue()
    before = venue.balances("ann")

    assert refusal(venue.place, "ann", request_) == label
    assert venue.balances("ann") == before
    assert venue.truth()["refusals"][0]["label"] == label


def test_a_halted_instrument_takes_no_orders(venue):
    venue.set_instrument(make_instrument(status="sellable"))

    venue.place("ann", limit("sell", "1", "100"))

    buy = limit("buy", "1", "90")
    assert refusal(venue.place, "ann", buy) == "INVALID_CURRENCY_PAIR"


def test_only_a_lower_amount_keeps_the_place_in_the_queue(venue):
    first = venue.place("ann", limit("sell", "2", "100"))
    second = venue.place("ann", limit("sell", "1", "100"))
    venue.amend("ann", first.id, amount=Decimal("1"))
    venue.amend("ann", second.id, amount=Decimal("2"))

    venue.place("ben", limit("buy", "1", "100"))

    assert venue.order("ann", first.id).status == "closed"
    assert venue.order("ann", second.id).left == 2
    assert venue.balances("ann")["BTC"].locked == 2


def test_an_amended_price_may_trade_at_once(venue):
    venue.place("ben", limit("sell", "1", "100"))
    order = venue.place("ann", limit("buy", "1", "90"))

    amended = venue.amend("ann", order.id, price=Decimal("101"))

    assert (amended.id, amended.status) == (order.id, "closed")
    assert venue.balances("ann")["USDT"].available == 9900


def test_an_amount_not_above_the_filled_cancels(venue):
    order = venue.place("ann", limit("buy", "2", "100"))
    venue.place("ben", limit("sell", "1", "100"))

    amended = venue.amend("ann", order.id, amount=Decimal("1"))

    assert (amended.status, amended.filled_amount) == ("cancelled", 1)


def test_an_amend_without_the_money_changes_nothing(venue):
    order = venue.place("ann", limit("buy", "1", "100"))

    label = refusal(venue.amend, "ann", order.id, amount=Decimal("1000"))

    assert label == "BALANCE_NOT_ENOUGH"
    assert venue.order("ann", order.id) == order


def test_cancelling_what_has_ended_says_so(venue):
    order = venue.place("ann", limit("buy", "1", "100"))
    venue.cancel("ann", order.id)

    assert refusal(venue.cancel, "ann", order.id) == "ORDER_CANCELLED"
    assert refusal(venue.cancel, "ben", order.id) == "ORDER_NOT_FOUND"
    assert refusal(venue.cancel, "ann", "t-none") == "CLIENT_ID_NOT_FOUND"
    assert refusal(venue.cancel, "ann", "9" * 5000) == "CLIENT_ID_NOT_FOUND"


def test_cancel_all_goes_by_instrument_and_side(venue):
    venue.place("ann", limit("buy", "1", "90"))
    sell = venue.place("ann", limit("sell", "1", "110"))

    assert [order.id for order in venue.cancel_all("ann", BTC, "sell")] == [sell.id]
    assert len(venue.cancel_all("ann")) == 1


@pytest.mark.parametrize(
    ("act", "ended"),
    [("-", ["new"]), ("cn", ["new"]), ("co", ["old"]), ("cb", ["new", "old"])],
)
def test_the_taker_decides_how_a_self_trade_is_prevented(venue, act, ended):
    venue.ensure_account("ann", stp_group=5)
    old = venue.place("ann", limit("sell", "1", "100"))

    new = venue.place("ann", limit("buy", "1", "100", stp_act=act))

    orders = {"new": new, "old": venue.order("ann", old.id)}
    stopped = [name for name, order in orders.items() if order.finish_as == "stp"]
    assert stopped == ended
    assert venue.my_trades("ann") == []


def test_without_a_group_own_orders_trade_with_each_other(venue):
    venue.place("ann", limit("sell", "1", "100"))

    assert venue.place("ann", limit("buy", "1", "100")).status == "closed"
    assert [fill.role for fill in venue.my_trades("ann")] == ["taker", "maker"]


def test_the_same_text_is_taken_twice_and_finds_the_later_order(venue):
    venue.place("ann", limit("buy", "1", "90", text="t-x"))
    later = venue.place("ann", limit("buy", "1", "91", text="t-x"))

    assert venue.order("ann", "t-x").id == later.id


def test_gates_forgetfulness_can_be_watched_on_a_clock():
    clock = VirtualClock(START_MS)
    venue = make_venue(clock=clock, quirks=Quirks())
    order = venue.place("ann", limit("buy", "1", "90", text="t-x"))
    unseen = refusal(venue.order, "ann", order.id)
    clock.advance(200)
    venue.order("ann", "t-x")
    venue.cancel("ann", order.id)
    clock.advance(59_999)
    venue.order("ann", order.id)
    clock.advance(1)

    assert unseen == "ORDER_NOT_FOUND"
    assert refusal(venue.order, "ann", order.id) == "ORDER_NOT_FOUND"
    assert venue.finished_orders("ann") == []
    assert len(venue.truth()["orders"]) == 1


def test_a_filled_order_outlives_its_text():
    clock = VirtualClock(START_MS)
    venue = make_venue(clock=clock, quirks=Quirks())
    venue.make_market(BTC, (levels(("99", "5")), levels(("101", "5"))))
    order = venue.place("ann", limit("buy", "1", "101", text="t-x"))

    clock.advance(3_600_000)

    assert refusal(venue.order, "ann", "t-x") == "CLIENT_ID_NOT_FOUND"
    assert venue.order("ann", order.id).status == "closed"


def test_lists_are_paged_newest_first(venue):
    ids = [venue.place("ann", limit("buy", "1", "90")).id for _ in range(5)]

    pages = [venue.open_orders("ann", page=page, limit=2) for page in (1, 2, 3)]

    assert [order.id for page in pages for order in page] == ids[::-1]


def test_the_account_book_adds_up(venue):
    venue.place("ben", limit("sell", "1", "100"))
    venue.place("ann", limit("buy", "1", "100"))

    entries = venue.account_book("ann", currency="BTC")

    assert [entry.type for entry in entries] == [
        "trade-fee-deduct",
        "order-match",
        "deposit",
    ]
    assert entries[0].balance == venue.balances("ann")["BTC"].total
    assert sum(entry.change for entry in entries) == entries[0].balance
