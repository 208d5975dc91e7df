"""The dead man's handle cancels in the exchange's time, also over a restart."""

import pytest

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.tests.core.factories import (
    BTC,
    START_MS,
    limit,
    make_instrument,
    make_venue,
)

ETH = "ETH_USDT"


@pytest.fixture
def clock():
    return VirtualClock(START_MS)


def make_two_markets(clock, folder=None):
    venue = make_venue(folder, clock=clock)
    venue.set_instrument(make_instrument(id=ETH, base="ETH"))
    return venue


def place_in_both(venue):
    venue.place("ann", limit("buy", "1", "100"))
    venue.place("ann", limit("buy", "1", "100", instrument=ETH))
    venue.place("ben", limit("buy", "1", "100"))


def open_of(venue, name):
    return {order.instrument for order in venue.open_orders(name)}


def test_it_cancels_one_pair_of_one_account_when_it_is_due(clock):
    venue = make_two_markets(clock)
    place_in_both(venue)
    venue.set_countdown("ann", BTC, 5_000)

    clock.advance(4_999)
    next_ms = venue.end_countdowns()
    before = open_of(venue, "ann")
    clock.advance(1)

    assert (next_ms, before) == (START_MS + 5_000, {BTC, ETH})
    assert venue.end_countdowns() is None
    assert (open_of(venue, "ann"), open_of(venue, "ben")) == ({ETH}, {BTC})


def test_without_a_pair_it_cancels_every_pair(clock):
    venue = make_two_markets(clock)
    place_in_both(venue)
    venue.set_countdown("ann", None, 5_000)
    clock.advance(5_000)

    venue.end_countdowns()

    assert (open_of(venue, "ann"), open_of(venue, "ben")) == (set(), {BTC})


def test_another_call_begins_anew_and_zero_stops_it(clock):
    venue = make_two_markets(clock)
    place_in_both(venue)
    venue.set_countdown("ann", BTC, 5_000)
    venue.set_countdown("ben", BTC, 5_000)
    clock.advance(4_000)
    venue.set_countdown("ann", BTC, 5_000)
    venue.set_countdown("ben", BTC, 0)
    clock.advance(4_000)

    assert venue.end_countdowns() == START_MS + 9_000
    assert (open_of(venue, "ann"), open_of(venue, "ben")) == ({BTC, ETH}, {BTC})


@pytest.mark.parametrize("snapshot_every", [1, 100_000])
def test_it_is_due_after_a_restart_as_well(tmp_path, clock, snapshot_every):
    venue = make_venue(tmp_path, clock=clock, snapshot_every=snapshot_every)
    venue.place("ann", limit("buy", "1", "100"))
    venue.set_countdown("ann", BTC, 5_000)
    venue.close()
    clock.advance(60_000)

    again = make_venue(tmp_path, clock=clock)
    again.end_countdowns()

    assert open_of(again, "ann") == set()
    assert again.truth()["orders"][0]["finish_as"] == "cancelled"
