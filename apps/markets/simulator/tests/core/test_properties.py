"""Random crowds: what always holds, whatever they do."""

import os
from decimal import Decimal, InvalidOperation

from apps.markets.simulator.core.snapshots import dump
from apps.markets.simulator.core.snapshots import restore as restore_state
from apps.markets.simulator.tests.core.crowd import (
    Crowd,
    PriorityWatch,
    check_balances,
    check_book,
    check_orders,
)

SEEDS = int(os.environ.get("CASHUP_SEEDS", "200"))
STEPS = 60


def test_money_books_orders_and_priority_hold_after_every_step():
    fills = 0
    for seed in range(SEEDS):
        crowd = Crowd(seed)
        watch = PriorityWatch(crowd)
        for _ in range(STEPS):
            watch.look()
            crowd.step()
            check_balances(crowd)
            check_book(crowd)
            watch.check()
            fills += len(watch.filled)
        check_orders(crowd)
    assert fills > SEEDS * 5


def test_the_journal_alone_leads_to_the_same_state():
    for seed in range(SEEDS // 5):
        crowd = Crowd(seed)
        for _ in range(STEPS):
            crowd.step()

        restored = restore_state(crowd.venue._storage, None)

        assert comparable(dump(restored.state)) == comparable(dump(crowd.venue._state))


def test_the_truth_is_what_the_accounts_show():
    for seed in range(SEEDS // 5):
        crowd = Crowd(seed)
        for _ in range(STEPS):
            crowd.step()
        venue = crowd.venue

        told = venue.truth()["balances"]

        for name in venue.accounts:
            for currency, balance in venue.balances(name).items():
                parts = told[name][currency]
                assert Decimal(parts["available"]) == balance.available
                assert Decimal(parts["locked"]) == balance.locked


def test_one_seed_leads_to_one_journal():
    hashes = set()
    for _ in range(100 if SEEDS >= 2000 else 5):
        crowd = Crowd(11)
        for _ in range(STEPS * 5):
            crowd.step()
        hashes.add(crowd.venue.truth()["hash"])

    assert len(hashes) == 1


def comparable(data):
    """Numbers by value, without what a restart moves on.

    Trade ids are set aside in blocks; a look at the clock leaves no line.
    """
    counters = dict(data["counters"], trade=0)
    return by_value(data | {"counters": counters, "last_ms": 0})


def by_value(data):
    if isinstance(data, dict):
        return {name: by_value(value) for name, value in data.items()}
    if isinstance(data, list):
        return [by_value(value) for value in data]
    try:
        return Decimal(data)
    except (InvalidOperation, TypeError):
        return data
