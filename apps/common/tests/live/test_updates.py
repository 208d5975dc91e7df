"""What a subscriber is told: a state, then every step that follows it."""

import threading
from asyncio import to_thread

import pytest

from apps.common.live import publish as publishing
from apps.common.live import sequence
from apps.common.live.consumer import LiveConsumer
from apps.common.live.publish import group_of, publish
from apps.common.tests.live.counting import state, told

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_subscriber_gets_a_snapshot_then_numbered_updates(site, user):
    state["count"] = 7
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "steps:1")
        for count in (8, 9, 10):
            await told("steps:1", count=count)
        updates = [await live.next() for _update in range(3)]

    assert first["type"] == "snapshot"
    assert first["topic"] == "steps:1"
    assert first["data"] == {"count": 7}
    assert first["at_ms"] > 1_700_000_000_000
    assert [u["type"] for u in updates] == ["update"] * 3
    assert [u["seq"] - first["seq"] for u in updates] == [1, 2, 3]
    assert [u["data"]["count"] for u in updates] == [8, 9, 10]


async def test_threads_that_publish_at_once_leave_no_gap(site, user):
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "steps:1")
        threads = [
            threading.Thread(
                target=lambda: [publish("steps:1", {"n": n}) for n in range(5)]
            )
            for _thread in range(4)
        ]
        for thread in threads:
            thread.start()
        updates = [await live.next() for _update in range(20)]

    assert [u["seq"] for u in updates] == [*range(first["seq"] + 1, first["seq"] + 21)]


async def test_a_coroutine_may_publish(site, user):
    async with site.open_as(user) as live:
        await live.ask("subscribe", "counter:1")
        publish("counter:1", {"count": 1})
        update = await live.next()

    assert update["data"] == {"count": 1}


async def test_other_topics_stay_unheard(site, user):
    async with site.open_as(user) as live:
        await live.ask("subscribe", "counter:1")
        await told("counter:2", count=1)

        assert await live.is_silent()


async def test_unsubscribe_stops_the_updates(site, user):
    async with site.open_as(user) as live:
        await live.ask("subscribe", "counter:1")
        answer = await live.ask("unsubscribe", "counter:1")
        await told("counter:1", count=1)

        assert answer == {"type": "unsubscribed", "topic": "counter:1"}
        assert await live.is_silent()


async def test_a_second_subscribe_sends_a_fresh_snapshot(site, user):
    state["count"] = 1
    async with site.open_as(user) as live:
        await live.ask("subscribe", "counter:1")
        state["count"] = 2
        again = await live.ask("subscribe", "counter:1")
        await told("counter:1", count=3)
        update = await live.next()

    assert again["data"] == {"count": 2}
    assert update["seq"] == again["seq"] + 1


async def test_a_lost_update_is_followed_by_a_snapshot(site, user):
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "steps:1")
        await to_thread(sequence.following, "steps:1")  # numbered, never delivered
        state["count"] = 5
        await told("steps:1", count=5)
        resync = await live.next()
        await told("steps:1", count=6)
        update = await live.next()

    assert resync["type"] == "snapshot"
    assert resync["seq"] == first["seq"] + 2
    assert resync["data"] == {"count": 5}
    assert (update["type"], update["seq"]) == ("update", resync["seq"] + 1)


async def test_a_lost_last_update_is_noticed_by_the_pulse(site, user, monkeypatch):
    monkeypatch.setattr(LiveConsumer, "pulse_s", 0.1)
    async with site.open_as(user) as live:
        await live.ask("subscribe", "counter:1")
        state["count"] = 99
        await to_thread(sequence.following, "counter:1")
        resync = await live.next()

    assert resync["type"] == "snapshot"
    assert resync["data"] == {"count": 99}


async def test_an_old_update_is_not_shown_again(site, user):
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "counter:1")
        stale = {"type": "live.update", "topic": "counter:1", "frame": "{}"}
        await to_thread(
            publishing._hand_over, "counter:1", {**stale, "seq": first["seq"]}
        )

        assert group_of("counter:1").startswith("live.")
        assert await live.is_silent()


async def test_a_pulse_tells_the_servers_time(site, user, monkeypatch):
    monkeypatch.setattr(LiveConsumer, "pulse_s", 0.05)
    async with site.open_as(user) as live:
        pulse = await live.next(pulses=True)

    assert pulse["type"] == "pulse"
    assert pulse["at_ms"] > 1_700_000_000_000
