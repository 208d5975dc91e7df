"""Clients that misbehave are told so; others do not notice."""

import asyncio
import contextlib
import socket
from urllib.parse import urlsplit

import pytest
import websockets

from apps.common.live import outgoing
from apps.common.live.consumer import LiveConsumer
from apps.common.tests.live.counting import told

pytestmark = pytest.mark.django_db(transaction=True)


MALFORMED = [
    "",
    "{",
    "[]",
    "null",
    '"subscribe"',
    "{}",
    '{"op": "shout"}',
    '{"op": ["subscribe"]}',
    '{"op": "subscribe"}',
    '{"op": "subscribe", "topic": 7}',
    '{"op": "subscribe", "topic": "A B"}',
    '{"op": "subscribe", "topic": "counter:' + "1" * 200 + '"}',
    "[" * 4000,
    '{"op": "ping", "id": "' + "x" * 5000 + '"}',
    '{"op": "ping", "id": 1e999}',
    '{"op": "ping", "id": [1]}',
    b'{"op": "ping"}',
]


async def test_malformed_frames_are_answered_and_survived(site, user):
    async with site.open_as(user) as live:
        answers = [await live.say(text) for text in MALFORMED]
        pong = await live.say('{"op": "ping", "id": 3}')

    assert all(answer["message"] for answer in answers)
    told = [(answer["type"], answer["code"]) for answer in answers]
    assert told == [("error", "bad-message")] * len(MALFORMED)
    assert (pong["type"], pong["id"]) == ("pong", 3)


async def test_at_most_two_hundred_topics(site, user):
    async with site.open_as(user) as live:
        for number in range(100, 300):
            await live.send(op="subscribe", topic=f"counter:{number}")
        answers = [await live.next(within_s=20) for _answer in range(200)]
        one_more = await live.ask("subscribe", "counter:300")

    assert {answer["type"] for answer in answers} == {"snapshot"}
    assert one_more["code"] == "too-many"


async def test_a_client_that_floods_is_cut_off(site, user):
    async with site.open_as(user) as live:
        with pytest.raises(websockets.ConnectionClosed):
            for _number in range(400):
                await live.send(op="ping")
                await live.next()

        assert live.connection.close_code == 4429


async def test_ten_thousand_subscriptions_cost_only_who_asks(site, user):
    async with site.open_as(user) as other, site.open_as(user) as greedy:
        await other.ask("subscribe", "counter:1")
        with contextlib.suppress(websockets.ConnectionClosed):
            for number in range(10_000):
                await greedy.send(op="subscribe", topic=f"counter:{100 + number}")
        with pytest.raises(websockets.ConnectionClosed):
            while True:
                await greedy.next(within_s=30)
        code = greedy.connection.close_code
        await told("counter:1", count=1)
        update = await other.next()

    assert code == 4429
    assert update["data"] == {"count": 1}


async def test_the_newest_value_wins_at_five_a_second(site, user):
    async with site.open_as(user) as live:
        await live.ask("subscribe", "counter:1")
        began = asyncio.get_running_loop().time()
        for count in range(100):
            await told("counter:1", count=count)
        seen = [await live.next()]
        while seen[-1]["data"]["count"] < 99:
            seen.append(await live.next())
        seconds = asyncio.get_running_loop().time() - began

    assert len(seen) <= 2 + seconds * 5
    numbers = [frame["seq"] for frame in seen]
    assert numbers == sorted(set(numbers))
    # What leaves numbers out is a state, not a step that would look like a loss.
    assert seen[-1]["type"] == "snapshot"


def small_socket(site) -> socket.socket:
    """The kernel takes little in for it, so not reading is soon felt."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", urlsplit(site.url).port))
    return plain


async def test_who_never_reads_is_cut_off_and_others_are_not(site, user, monkeypatch):
    monkeypatch.setattr(outgoing, "EVERY_S", 0)
    monkeypatch.setattr(LiveConsumer, "pulse_s", 0.1)
    monkeypatch.setattr(LiveConsumer, "stuck_s", 0.5)
    closing = []
    close = LiveConsumer.close

    async def noted(self, code=None, reason=None):
        closing.append(code)
        await close(self, code, reason)

    monkeypatch.setattr(LiveConsumer, "close", noted)
    deafness = {"sock": small_socket(site), "max_queue": 1, "compression": None}
    async with site.open_as(user) as other, site.open_as(user, **deafness) as deaf:
        await deaf.send(op="subscribe", topic="counter:2")
        await other.ask("subscribe", "counter:1")
        while not closing:
            await told("counter:2", padding="x" * 200_000)
            await told("counter:1", count=1)
            assert (await other.next())["data"] == {"count": 1}
        deaf.connection.transport.abort()

    assert closing == [4408]
