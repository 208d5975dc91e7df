"""How many orders and triggers an account may have open in one instrument."""

from decimal import Decimal

import pytest

from apps.markets.simulator.core import state
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.orders import TriggerRequest
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.tests.core.factories import (
    BTC,
    limit,
    make_instrument,
    make_venue,
    market,
)

ETH = "ETH_USDT"
TWO = Quirks(0, 0, 0, 0, most_open_orders=2, most_open_triggers=2)


def refusal(act, *given):
    with pytest.raises(Rejected) as refused:
        act(*given)
    return refused.value.label


def stop(price, put=None):
    return TriggerRequest(put or market("sell", "1"), Decimal(price), "<=")


@pytest.fixture
def venue():
    venue = make_venue(quirks=TWO)
    venue.set_instrument(make_instrument(id=ETH, base="ETH"))
    return venue


def test_an_order_too_many_is_refused_and_changes_nothing(venue):
    first = venue.place("ann", limit("buy", "1", "100"))
    venue.place("ann", limit("buy", "1", "100"))
    before = venue.balances("ann")

    refused = refusal(venue.place, "ann", limit("buy", "1", "100"))
    unchanged = venue.balances("ann") == before
    venue.cancel("ann", first.id)

    assert (refused, unchanged) == ("TOO_MANY_ORDERS", True)
    assert venue.place("ann", limit("buy", "1", "100")).is_open


def test_others_and_other_instruments_have_their_own_count(venue):
    for _ in range(2):
        venue.place("ann", limit("buy", "1", "100"))

    assert venue.place("ben", limit("buy", "1", "100")).is_open
    assert venue.place("ann", limit("buy", "1", "100", instrument=ETH)).is_open


def test_an_order_that_cannot_rest_is_not_counted(venue):
    for _ in range(2):
        venue.place("ann", limit("buy", "1", "100"))

    taker = limit("sell", "1", "100", time_in_force="ioc")

    assert venue.place("ann", taker).finish_as == "filled"


def test_a_trigger_too_many_is_refused(venue):
    first = venue.place_trigger("ann", stop("90"))
    venue.place_trigger("ann", stop("90"))

    refused = refusal(venue.place_trigger, "ann", stop("90"))
    venue.cancel_trigger("ann", first.id)

    assert refused == "TOO_MANY_ORDERS"
    assert venue.place_trigger("ann", stop("90")).status == "open"
    assert venue.place_trigger("ben", stop("90")).status == "open"


def test_ended_triggers_are_kept_up_to_a_number(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "KEEP", 3)
    venue = make_venue(tmp_path, snapshot_every=1)
    for _ in range(5):
        venue.cancel_trigger("ann", venue.place_trigger("ann", stop("90")).id)
    waiting = venue.place_trigger("ann", stop("90"))
    venue.close()

    for shown in (venue, make_venue(tmp_path)):
        kept = [one.id for one in shown.triggers("ann", is_open=False)]
        assert kept == [5, 4, 3]
        assert refusal(shown.trigger, "ann", 1) == "ORDER_NOT_FOUND"
        assert shown.triggers("ann") == [waiting]


def test_a_cancelled_trigger_is_not_looked_for_any_more(venue):
    trigger = venue.place_trigger("ann", stop("90"))
    before = venue._floor.market(BTC).has_triggers

    venue.cancel_trigger("ann", trigger.id)

    assert (before, venue._floor.market(BTC).has_triggers) == (True, False)
