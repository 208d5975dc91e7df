"""Live pages over a real server: embedded, and on Redis where it answers."""

import asyncio
import json
import subprocess
import sys
import threading
import uuid
from asyncio import to_thread

import pytest
import redis
import websockets
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import RefreshToken

from apps.common.errors import NotFound
from apps.common.live import publish as publishing
from apps.common.live import sequence, topics
from apps.common.live.access import in_thread
from apps.common.live.consumer import LiveConsumer
from apps.common.live.publish import group_of, publish
from apps.common.tests.live_site import LiveSite
from apps.common.tests.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)
REDIS = "redis://127.0.0.1:6379/5"
# Redis channels are shared by all its databases: two runs at once must not meet.
PREFIX = f"cashup-{uuid.uuid4().hex[:8]}"
state = {"count": 0}


def use_redis(settings) -> None:
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=0.5).ping()
    except redis.RedisError:
        pytest.skip(f"Redis does not answer at {REDIS}")
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS,
            "KEY_PREFIX": PREFIX,
        }
    }
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS], "prefix": PREFIX},
        }
    }


def use_memory(settings) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    }


@pytest.fixture(params=[use_memory, use_redis], ids=["memory", "redis"])
def site(request, settings):
    request.param(settings)
    publishing.set_main_loop(None)
    topics.register(
        "counter", allowed=may_count, snapshot=lambda user, key: dict(state)
    )
    topics.register("broken", allowed=lambda user, key: True, snapshot=broken)
    with LiveSite.running() as site:
        yield site
    topics.unregister("counter")
    topics.unregister("broken")
    publishing.set_main_loop(None)


@pytest.fixture
def user():
    return make_user()


def may_count(user, key: str) -> bool:
    if key == "gone":
        raise NotFound("no such counter")
    return int(key) != 13


def broken(user, key: str):
    raise RuntimeError("a room's mistake")


def token_of(user) -> str:
    return str(RefreshToken.for_user(user).access_token)


def one_time_user():
    return make_user(must_change_password=True)


async def told(topic: str, **data) -> None:
    await to_thread(publish, topic, data)


async def test_a_subscriber_gets_a_snapshot_then_numbered_updates(site, user):
    state["count"] = 7
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "counter:1")
        for count in (8, 9, 10):
            await told("counter:1", count=count)
        updates = [await live.next() for _update in range(3)]

    assert first["type"] == "snapshot"
    assert first["topic"] == "counter:1"
    assert first["data"] == {"count": 7}
    assert first["at_ms"] > 1_700_000_000_000
    assert [u["type"] for u in updates] == ["update"] * 3
    assert [u["seq"] - first["seq"] for u in updates] == [1, 2, 3]
    assert [u["data"]["count"] for u in updates] == [8, 9, 10]


async def test_threads_that_publish_at_once_leave_no_gap(site, user):
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "counter:1")
        threads = [
            threading.Thread(
                target=lambda: [publish("counter:1", {"n": n}) for n in range(5)]
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


REFUSALS = [
    ("counter:13", "not-allowed"),
    ("counter:abc", "not-allowed"),
    ("counter:gone", "not-allowed"),
    ("nothing:1", "unknown-topic"),
    ("broken", "failed"),
]


async def test_a_refusal_says_why_and_the_socket_lives_on(site, user):
    async with site.open_as(user) as live:
        for topic, code in REFUSALS:
            answer = await live.ask("subscribe", topic)
            await told(topic, count=1)

            assert answer["type"] == "refused"
            assert (answer["topic"], answer["code"]) == (topic, code)
        assert await live.is_silent()
        assert (await live.ask("subscribe", "counter:1"))["type"] == "snapshot"


async def test_a_lost_update_is_followed_by_a_snapshot(site, user):
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "counter:1")
        await to_thread(sequence.following, "counter:1")  # numbered, never delivered
        state["count"] = 5
        await told("counter:1", count=5)
        resync = await live.next()
        await told("counter:1", count=6)
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


async def test_a_pulse_tells_the_servers_time(site, user, monkeypatch):
    monkeypatch.setattr(LiveConsumer, "pulse_s", 0.05)
    async with site.open_as(user) as live:
        pulse = await live.next(pulses=True)

    assert pulse["type"] == "pulse"
    assert pulse["at_ms"] > 1_700_000_000_000


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


async def test_a_stranger_is_told_and_closed(site):
    async with site.open() as live:
        answer = await live.next()
        code = await live.closed_with()

    assert answer["type"] == "refused"
    assert answer["code"] == "login-required"
    assert code == 4401


async def test_a_one_time_password_opens_no_socket(site):
    user = await in_thread(one_time_user)
    async with site.open_as(user) as live:
        answer = await live.next()
        code = await live.closed_with()

    assert answer["code"] == "password-change-required"
    assert code == 4401


FOREIGN = ["http://evil.example", "http://127.0.0.1.evil.example", "null", "garbage"]


async def test_a_foreign_origin_is_refused_at_the_door(site, user):
    for origin in FOREIGN:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with site.open_as(user, origin=origin):
                pass

        assert refused.value.response.status_code == 403


async def test_a_trusted_origin_is_let_in(site, user, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.desk.example"]
    async with site.open_as(user, origin="https://a.desk.example") as live:
        assert (await live.ask("subscribe", "counter:1"))["type"] == "snapshot"


async def test_an_unknown_address_is_refused(site):
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(f"{site.url}more/", proxy=None):
            pass


async def test_a_token_in_the_header_opens_the_socket(site, user):
    token = await in_thread(token_of, user)
    headers = {"Authorization": f"Bearer {token}"}
    async with site.open(origin=None, additional_headers=headers) as live:
        assert (await live.ask("subscribe", "counter:1"))["type"] == "snapshot"


async def test_a_token_as_subprotocol_opens_the_socket(site, user):
    token = await in_thread(token_of, user)
    async with site.open(subprotocols=["bearer", token]) as live:
        assert live.connection.subprotocol == "bearer"
        assert (await live.ask("subscribe", "counter:1"))["type"] == "snapshot"


async def test_a_bad_token_is_refused_even_with_a_good_cookie(site, user):
    async with site.open_as(user, subprotocols=["bearer", "a.b.c"]) as live:
        assert (await live.next())["code"] == "login-required"
        assert await live.closed_with() == 4401


def deactivate(user) -> None:
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def change_password(user) -> None:
    user.set_password("another horse 43")
    user.save()


@pytest.mark.parametrize("end", [deactivate, change_password])
async def test_whoever_lost_access_loses_the_socket(site, user, monkeypatch, end):
    monkeypatch.setattr(LiveConsumer, "pulse_s", 0.05)
    monkeypatch.setattr(LiveConsumer, "recheck_s", 0.1)
    async with site.open_as(user) as live:
        await live.ask("subscribe", "counter:1")
        await in_thread(end, user)
        answer = await live.next()
        code = await live.closed_with()

    assert answer["code"] == "login-required"
    assert code == 4401


async def test_data_that_is_no_json_harms_nobody(site, user):
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "counter:1")
        failed = publishing.counts["failed"]
        await told("counter:1", count=float("nan"))
        await told("counter:1", count=object())
        await told("counter:1", count=1)
        update = await live.next()

    assert publishing.counts["failed"] == failed + 2
    assert update["seq"] == first["seq"] + 1


@pytest.mark.parametrize("site", [use_redis], ids=["redis"], indirect=True)
async def test_another_process_reaches_the_page_through_redis(site, user):
    program = (
        "import django; django.setup();"
        "from django.conf import settings;"
        f"settings.CACHES['default']['KEY_PREFIX'] = '{PREFIX}';"
        f"settings.CHANNEL_LAYERS['default']['CONFIG']['prefix'] = '{PREFIX}';"
        "from apps.common.live.publish import publish;"
        "publish('counter:1', {'count': 1}); publish('counter:1', {'count': 2})"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "cashup.settings.test",
        "REDIS_URL": REDIS,
        "PATH": "",
    }
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "counter:1")
        await to_thread(
            subprocess.run, [sys.executable, "-c", program], env=environment, check=True
        )
        updates = [await live.next(within_s=10) for _update in range(2)]

    assert [u["type"] for u in updates] == ["update", "update"]
    assert [u["seq"] - first["seq"] for u in updates] == [1, 2]
    assert json.dumps(updates[1]["data"]) == '{"count": 2}'


def test_without_sockets_and_redis_publishing_is_silent(settings, caplog):
    use_memory(settings)
    publishing.set_main_loop(None)

    publish("counter:1", {"count": 1})

    assert not caplog.records


def test_redis_that_is_away_does_not_break_the_publisher(settings):
    use_redis(settings)
    settings.CACHES["default"]["LOCATION"] = "redis://127.0.0.1:1/0"
    settings.CACHES = {**settings.CACHES}
    failed = publishing.counts["failed"]

    publish("counter:1", {"count": 1})

    assert publishing.counts["failed"] == failed + 1


def test_a_waking_is_prompt_not_at_the_next_tick(site, user):
    """The median from publish to the client, for the eye; the bound is generous."""

    async def measure() -> list[float]:
        loop, delays = asyncio.get_running_loop(), []
        async with site.open_as(user) as live:
            await live.ask("subscribe", "counter:1")
            for count in range(20):
                began = loop.time()
                await told("counter:1", count=count)
                await live.next()
                delays.append(loop.time() - began)
        return sorted(delays)

    assert asyncio.run(measure())[10] < 0.5
