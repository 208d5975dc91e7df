"""The simulator's page, with a real simulator and without one."""

import asyncio
import threading

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.common import heartbeats
from apps.markets import back_room
from apps.markets.simulator.web.launch import Plan, account_of, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chief(client):
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.fixture
def exchange(settings):
    """A real one, served from a thread of its own, that has told its address."""
    settings.SIMULATOR_TOKEN = "a token"
    plan = Plan(token="a token", accounts=[account_of("desk:secret:USDT=1000")])
    started, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    address = []

    async def serve():
        async with running(plan) as simulator:
            address.append(f"http://{simulator.host}:{simulator.port}")
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(30)
    heartbeats.beat(back_room.KIND, url=address[0])
    yield
    loop.call_soon_threadsafe(ended.set)
    thread.join()


def test_the_page_shows_the_running_exchange(chief, exchange):
    answer = chief.get(reverse("admin:simulator"))

    text = answer.content.decode()
    assert "BTC_USDT" in text
    assert "1000" in text
    assert "secret" not in text


def test_a_fault_is_put_in_force_and_cleared(chief, exchange):
    page = reverse("admin:simulator")
    fault = {"path": "*", "times": 1, "share": 1, "ms": 0, "status": 503}

    chief.post(page, {"kind": "answer", "label": "SERVER_ERROR", **fault})
    assert [one["kind"] for one in back_room.state()["faults"]] == ["answer"]

    number = back_room.state()["faults"][0]["id"]
    chief.post(reverse("admin:simulator_clear"), {"id": number})
    assert back_room.state()["faults"] == []


def test_without_a_simulator_the_page_says_how_to_start_one(chief):
    answer = chief.get(reverse("admin:simulator"))

    assert answer.status_code == 200
    assert b"manage.py simulator" in answer.content


def test_who_may_not_see_exchanges_does_not_see_it(client):
    client.force_login(User.objects.create_user("guest", is_staff=True))

    assert client.get(reverse("admin:simulator")).status_code == 403
    assert client.post(reverse("admin:simulator_clear")).status_code == 403


def test_a_fault_without_a_simulator_is_told_beside_the_form(chief):
    answer = chief.post(
        reverse("admin:simulator"),
        {"kind": "truncate", "path": "*", "times": 1, "share": 1, "ms": 0, "status": 0},
    )

    assert "No simulator is running." in answer.context["form"].errors["kind"]
