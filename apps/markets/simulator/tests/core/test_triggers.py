"""Price-triggered orders wait for a trade, fire once, and say what became of them."""

from decimal import Decimal

import pytest

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.orders import TriggerRequest
from apps.markets.simulator.tests.core.factories import (
    BTC,
    START_MS,
    levels,
    limit,
    make_venue,
    market,
)


def stop(price, rule="<=", put=None, **changes):
    return TriggerRequest(put or market("sell", "1"), Decimal(price), rule, **changes)


@pytest.fixture
def clock():
    return VirtualClock(START_MS)


@pytest.fixture
def venue(clock):
    venue = make_venue(clock=clock)
    venue.make_market(BTC, (levels(("99", "50")), levels(("101", "50"))))
    venue.print_trade(BTC, "buy", Decimal(1), Decimal(100))
    return venue


def test_a_trade_through_the_price_fires_it(venue):
    trigger = venue.place_trigger("ann", stop("99.5"))
    venue.print_trade(BTC, "sell", Decimal(1), Decimal("99.6"))
    waiting = venue.trigger("ann", trigger.id).status

    venue.print_trade(BTC, "sell", Decimal(1), Decimal("99.5"))

    fired = venue.trigger("ann", trigger.id)
    assert (waiting, fired.status) == ("open", "finish")
    assert venue.order("ann", fired.fired_order_id).filled_total == 99


def test_a_fired_order_may_fire_the_next(venue):
    venue.make_market(BTC, (levels(("99", "1"), ("98", "5")), []))
    first = venue.place_trigger("ann", stop("99.5", put=market("sell", "2")))
    second = venue.place_trigger("ben", stop("98"))

    venue.print_trade(BTC, "sell", Decimal(1), Decimal("99.5"))

    assert venue.trigger("ann", first.id).status == "finish"
    assert venue.trigger("ben", second.id).status == "finish"


def test_a_price_already_past_is_refused(venue):
    with pytest.raises(Rejected) as above:
        venue.place_trigger("ann", stop("100", ">="))
    with pytest.raises(Rejected) as below:
        venue.place_trigger("ann", stop("100", "<="))

    assert above.value.label == "AUTO_TRIGGER_PRICE_LESS_LAST"
    assert below.value.label == "AUTO_TRIGGER_PRICE_GREATE_LAST"


def test_an_order_refused_when_it_fires_fails_the_trigger(venue):
    trigger = venue.place_trigger("ann", stop("99.5", put=limit("buy", "500", "90")))

    venue.print_trade(BTC, "sell", Decimal(1), Decimal("99"))

    failed = venue.trigger("ann", trigger.id)
    assert (failed.status, failed.reason) == ("failed", "BALANCE_NOT_ENOUGH")


def test_a_trigger_expires(venue, clock):
    trigger = venue.place_trigger("ann", stop("99.5", expiration_s=60))
    clock.advance(60_000)

    assert venue.expire_triggers() == 1
    assert venue.trigger("ann", trigger.id).status == "expired"


def test_a_cancelled_trigger_stays_quiet(venue):
    trigger = venue.place_trigger("ann", stop("99.5"))
    venue.cancel_trigger("ann", trigger.id)

    venue.print_trade(BTC, "sell", Decimal(1), Decimal("99"))

    assert venue.triggers("ann") == []
    assert venue.triggers("ann", is_open=False)[0].status == "cancelled"
    assert venue.finished_orders("ann") == []


def test_triggers_survive_a_restart(tmp_path):
    venue = make_venue(tmp_path)
    trigger = venue.place_trigger("ann", stop("99.5"))
    venue.close()

    again = make_venue(tmp_path)
    again.make_market(BTC, (levels(("99", "50")), []))
    again.print_trade(BTC, "sell", Decimal(1), Decimal("99"))

    assert again.trigger("ann", trigger.id).status == "finish"
