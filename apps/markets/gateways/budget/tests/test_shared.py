"""The gateway's side: waiting its turn, passing on what it heard, never in the way."""

import asyncio
import time

import pytest

from apps.common.clock import now_ms
from apps.markets.gateways.budget import Circuit, budget_for, usage
from apps.markets.gateways.budget.decision import BACK_OFF_MS
from apps.markets.gateways.budget.limits import Limit
from apps.markets.gateways.budget.shared import SharedBudget
from apps.markets.gateways.budget.stores.memory import MemoryStore
from apps.markets.gateways.budget.tests import redis_here
from apps.markets.gateways.errors import RateLimited
from apps.markets.gateways.pacing import Priority
from apps.markets.gateways.venues import Venue

CALL = "GET /spot/candlesticks"
LIMIT = Limit("all calls", 20, 500)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def budget(store) -> SharedBudget:
    return SharedBudget("gate", lambda call: (LIMIT,), store)


async def told(budget: SharedBudget) -> None:
    """Wait until what was heard is known to all."""
    await budget._telling


async def test_a_call_too_many_waits_for_the_window(budget):
    begun = time.monotonic()
    for _ in range(19):
        await budget.acquire(CALL, 1, Priority.ORDER)
        budget.heard(CALL, 200, {})

    assert 0.4 < time.monotonic() - begun < 2.0


async def test_calls_of_one_lane_go_in_the_order_they_came(budget):
    order: list[int] = []

    async def one(number: int) -> None:
        await budget.acquire(CALL, 1, Priority.ORDER)
        budget.heard(CALL, 200, {})
        order.append(number)

    await asyncio.gather(*(one(number) for number in range(30)))

    assert order == list(range(30))


async def test_a_ban_is_raised_with_its_end_for_every_priority(budget):
    await budget.acquire(CALL, 1, Priority.HISTORY)
    budget.heard(CALL, 418, {"retry-after": "30"})
    await told(budget)

    with pytest.raises(RateLimited) as caught:
        await budget.acquire("DELETE /spot/orders/{order_id}", 1, Priority.EXIT)

    assert caught.value.is_ban
    assert 29_000 < caught.value.until_ms - now_ms() <= 30_000
    assert caught.value.exchange == "gate"


async def test_those_who_wait_learn_of_a_ban(budget, store):
    for _ in range(18):
        await budget.acquire(CALL, 1, Priority.ORDER)
    waiting = asyncio.create_task(budget.acquire(CALL, 1, Priority.ORDER))
    await asyncio.sleep(0.02)

    SharedBudget("gate", lambda call: (LIMIT,), store).heard(CALL, 418, {})

    with pytest.raises(RateLimited):
        await asyncio.wait_for(waiting, 2)


async def test_a_429_makes_all_wait(budget):
    await budget.acquire(CALL, 1, Priority.HISTORY)
    budget.heard(CALL, 429, {})
    await told(budget)

    begun = time.monotonic()
    await budget.acquire(CALL, 1, Priority.EXIT)

    assert time.monotonic() - begun >= BACK_OFF_MS / 1000 - 0.02


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "soon"},
        {"retry-after": "-1e400", "date": "yesterday"},
        {"x-gate-ratelimit-requests-remain": "١٢", "date": "\x00"},
        {"x-gate-ratelimit-reset-timestamp": "9" * 400},
        None,
    ],
)
async def test_nothing_that_is_heard_raises(budget, headers):
    for status in (0, 200, 403, 429, 500, 999):
        budget.heard(CALL, status, headers)


def test_hearing_outside_a_loop_does_not_raise(budget):
    budget.heard(CALL, 200, {})


async def test_a_cancelled_waiter_holds_no_room(budget, store):
    for _ in range(18):
        await budget.acquire(CALL, 1, Priority.ORDER)
    waiting = asyncio.create_task(budget.acquire(CALL, 9, Priority.ORDER))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    budget.heard(CALL, 200, {})
    await told(budget)

    assert store.look().groups[0].waiting() == [0, 0, 0, 0]


async def test_an_answer_to_a_call_that_never_asked_is_counted(budget, store):
    budget.heard(CALL, 200, {})
    await told(budget)

    assert store.look().groups[0].by_priority() == ([0, 0, 0, 1], 0)


async def test_a_store_in_trouble_does_not_reach_the_one_who_heard(budget, caplog):
    async def step(notes, ask):
        raise RuntimeError("no")

    budget._store.step = step
    budget.heard(CALL, 200, {})
    await told(budget)

    assert "budget.not_told" in caplog.text


@pytest.fixture
def venue(settings, tmp_path) -> Venue:
    settings.VAR_DIR, settings.REDIS_URL = tmp_path, ""
    return Venue("gateio", rest_url="http://127.0.0.1:8471/api/v4", is_simulator=True)


async def test_two_budgets_of_a_venue_are_one(venue):
    first, second = budget_for(venue), budget_for(venue)
    await first.acquire(CALL, 1, Priority.HISTORY)
    await second.acquire(CALL, 1, Priority.ACCOUNT)

    use = usage(venue)

    (group,) = use.groups
    assert (group.name, group.used, group.limit, group.window_ms) == (
        *(CALL, 2, 200, 10_000),
    )
    assert group.used_by[Priority.ACCOUNT] == group.used_by[Priority.HISTORY] == 1
    assert (use.kept_in, use.circuit, use.until_ms) == ("file", Circuit.CLOSED, None)


async def test_another_address_has_a_budget_of_its_own(venue):
    await budget_for(venue).acquire(CALL, 1, Priority.HISTORY)

    assert usage(Venue("gate")).groups == ()


async def test_the_page_is_told_of_a_ban_and_until_when(venue):
    budget = budget_for(venue)
    budget.heard(CALL, 403, {"retry-after": "60"})
    await budget._telling

    use = usage(venue)

    assert use.circuit is Circuit.OPEN
    assert 59_000 < use.until_ms - now_ms() <= 60_000


def test_our_part_of_a_limit_is_a_setting(venue, settings):
    settings.EXCHANGE_LIMIT_SHARE = 0.25

    asyncio.run(budget_for(venue).acquire(CALL, 1, Priority.HISTORY))

    assert usage(venue).groups[0].limit == 50


def test_redis_is_used_where_there_is_one_and_loops_come_and_go(venue, settings):
    with redis_here.key() as key:
        settings.REDIS_URL, settings.NAMESPACE = redis_here.URL, key
        for _ in range(3):
            asyncio.run(budget_for(venue).acquire(CALL, 1, Priority.HISTORY))

        use = usage(venue)
        redis_here.forget(f"{key}:budget:gate@127.0.0.1_8471")

    assert (use.kept_in, use.groups[0].used) == ("redis", 3)
