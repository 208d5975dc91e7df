"""A delisted instrument leaves nothing behind that waits for it."""

from decimal import Decimal

import pytest

from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.events import OrderChanged, TriggerChanged
from apps.markets.simulator.core.orders import TriggerRequest
from apps.markets.simulator.tests.core.factories import (
    BTC,
    limit,
    make_instrument,
    make_venue,
    market,
)

ETH = "ETH_USDT"


def make_waiting(venue):
    """Orders of two accounts, one partly filled, and a trigger; another market too."""
    venue.set_instrument(make_instrument(id=ETH, base="ETH"))
    partly = venue.place("ann", limit("buy", "1", "100"))
    venue.place("ben", limit("sell", "0.4", "100"))
    unfilled = venue.place("ben", limit("sell", "1", "120"))
    put = market("sell", "1")
    trigger = venue.place_trigger("ann", TriggerRequest(put, Decimal(90), "<="))
    elsewhere = venue.place("ann", limit("buy", "1", "50", instrument=ETH))
    return partly, unfilled, trigger, elsewhere


def test_delisting_cancels_orders_and_triggers_and_tells():
    venue = make_venue()
    partly, unfilled, trigger, _ = make_waiting(venue)
    news = []
    venue.subscribe(news.append)

    venue.delist(BTC)

    told = [one for one in news if isinstance(one, OrderChanged)]
    assert [(one.order.id, one.what, one.order.finish_as) for one in told] == [
        (partly.id, "finish", "cancelled"),
        (unfilled.id, "finish", "cancelled"),
    ]
    ended = [one.trigger for one in news if isinstance(one, TriggerChanged)]
    assert [(one.id, one.status, one.reason) for one in ended] == [
        (trigger.id, "cancelled", "delisted")
    ]
    assert venue.order("ann", partly.id).filled_amount == Decimal("0.4")


def test_delisting_gives_back_what_was_locked_there_only():
    venue = make_venue()
    make_waiting(venue)

    venue.delist(BTC)

    assert venue.balances("ann")["USDT"].locked == 50
    assert venue.balances("ben")["BTC"].locked == 0
    assert len(venue.open_orders("ann", ETH)) == 1


def test_a_delisted_instrument_takes_no_orders():
    venue = make_venue()
    venue.delist(BTC)

    with pytest.raises(Rejected) as refused:
        venue.place("ann", limit("buy", "1", "100"))

    assert refused.value.label == "INVALID_CURRENCY_PAIR"


def test_delisting_outlives_a_restart(tmp_path):
    venue = make_venue(tmp_path)
    make_waiting(venue)
    venue.delist(BTC)
    venue.close()

    again = make_venue(tmp_path)

    assert again.open_orders("ann", BTC) == again.open_orders("ben", BTC) == []
    assert again.triggers("ann") == []
    assert again.truth()["triggers"][0]["reason"] == "delisted"
