"""Feed processes share the instruments; whoever is gone is replaced in time."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest

from apps.common import clock
from apps.common.leases import LeaseLost
from apps.markets.models import FeedProcess
from apps.markets.services.feeds import sharing
from apps.markets.services.feeds.sharing import LEASE_S, Share

pytestmark = pytest.mark.django_db
INSTRUMENTS = set(range(1, 11))


@contextmanager
def as_process(name):
    with (
        patch.object(sharing, "process_name", lambda: name),
        patch("apps.common.leases.process_name", lambda: name),
    ):
        yield


def turns(shares, count=3):
    for _ in range(count):
        for name, share in shares.items():
            with as_process(name):
                share.turn(INSTRUMENTS)


def held(share):
    return set(share.held)


def test_one_process_carries_everything():
    shares = {"one": Share()}
    turns(shares)

    assert held(shares["one"]) == INSTRUMENTS


def test_second_process_takes_its_fair_part():
    shares = {"one": Share()}
    turns(shares)
    shares["two"] = Share()
    turns(shares)

    assert [len(held(share)) for share in shares.values()] == [5, 5]
    assert held(shares["one"]) | held(shares["two"]) == INSTRUMENTS


def test_instruments_of_the_dead_are_taken_when_their_lease_ran_out():
    shares = {"one": Share(), "two": Share()}
    turns(shares)
    dead = shares.pop("one")
    now = clock.now()
    with clock.held_at(now + timedelta(seconds=LEASE_S / 2)):
        turns(shares, 1)
        early = held(shares["two"])
    with clock.held_at(now + timedelta(seconds=LEASE_S + 0.1)):
        turns(shares, 1)

    assert len(early) == 5
    assert held(shares["two"]) == INSTRUMENTS
    lease = next(iter(dead.held.values()))
    with pytest.raises(LeaseLost):
        lease.check()


def test_process_that_slept_notices_what_it_lost():
    shares = {"one": Share(), "two": Share()}
    turns(shares)
    sleeper = shares.pop("one")
    with clock.held_at(clock.now() + timedelta(seconds=LEASE_S + 0.1)):
        turns(shares, 1)
        with as_process("one"):
            sleeper.turn(set())

    assert held(sleeper) == set()


def test_who_ends_as_asked_is_replaced_at_once():
    shares = {"one": Share(), "two": Share()}
    turns(shares)
    with as_process("one"):
        shares.pop("one").leave()
    turns(shares, 1)

    assert held(shares["two"]) == INSTRUMENTS
    assert list(FeedProcess.objects.values_list("name", flat=True)) == ["two"]


def test_what_nobody_needs_is_let_go():
    share = Share()
    with as_process("one"):
        share.turn(INSTRUMENTS)
        share.turn({1, 2})

    assert held(share) == {1, 2}


def test_turn_costs_the_same_for_many(django_assert_max_num_queries):
    share = Share()
    with as_process("one"):
        share.turn(INSTRUMENTS)
        with django_assert_max_num_queries(4):
            share.turn(INSTRUMENTS)
