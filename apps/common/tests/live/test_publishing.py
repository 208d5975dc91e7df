"""Telling: from any thread or process, and never to the harm of who tells."""

import asyncio
import json
import subprocess
import sys
from asyncio import to_thread

import pytest

from apps.common.live import publish as publishing
from apps.common.live.publish import publish
from apps.common.tests.live.counting import told
from apps.common.tests.live.layers import PREFIX, REDIS, use_memory, use_redis

pytestmark = pytest.mark.django_db(transaction=True)


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
        "publish('steps:1', {'count': 1}); publish('steps:1', {'count': 2})"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "cashup.settings.test",
        "REDIS_URL": REDIS,
        "PATH": "",
    }
    async with site.open_as(user) as live:
        first = await live.ask("subscribe", "steps:1")
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
