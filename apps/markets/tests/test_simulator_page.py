"""The simulator's page, with a real simulator and without one."""

import asyncio
import re
import threading
from contextlib import contextmanager

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from apps.accounts.models import User
from apps.common import formats, heartbeats
from apps.markets import back_room
from apps.markets.pages.simulator_rows import rows_of
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
    with served(Plan(token="a token", accounts=[account_of("desk:secret:USDT=1000")])):
        yield


@contextmanager
def served(plan):
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
    loop.close()


def test_the_page_shows_the_running_exchange(chief, exchange):
    answer = chief.get(reverse("admin:simulator"))

    text = answer.content.decode()
    assert "BTC_USDT" in text
    assert "1,000.00000000" in text
    assert "secret" not in text


def test_the_page_says_that_its_money_is_not_real(chief, exchange):
    text = chief.get(reverse("admin:simulator")).content.decode()

    assert re.search(r"<title>\s*SIMULATOR ", text)
    assert re.search(r'data-mode="simulator"[^>]*>.*SIMULATOR</span>', text)


def test_figures_are_written_as_on_every_page():
    rules = {"id": "BTC_USDT", "base": "BTC", "quote": "USDT", "precision": 1}
    rules |= {"amount_precision": 5, "trade_status": "untradable"}
    seen = {"last": "13863", "highest_bid": "", "lowest_ask": "13864.5"}
    order = {"create_time_ms": "1700000000000", "account_id": "desk", "left": "0.5"}
    order |= {"currency_pair": "BTC_USDT", "side": "buy", "type": "market"}
    order |= {"amount": "5000", "avg_deal_price": "13863", "finish_as": "ioc"}
    state = {
        "now_ms": 1_700_000_000_000,
        "accounts": [],
        "mirror": None,
        "instruments": [{**rules, "ticker": {**seen, "change_percentage": "-0.44"}}],
        "orders": [order],
    }

    text = render_to_string("admin/markets/simulator/_instruments.html", rows_of(state))
    orders = render_to_string("admin/markets/simulator/_orders.html", rows_of(state))

    assert "13,863.0" in text
    assert f"{formats.MINUS}0.44{formats.NBSP}%" in text
    assert f">{formats.MISSING}<" in text
    assert "Halted" in text
    assert f"5,000.00000000{formats.NBSP}USDT" in orders
    assert "Cancelled" in orders


def test_an_instrument_without_a_price_shows_none(chief, settings):
    settings.SIMULATOR_TOKEN = "a token"
    with served(Plan(token="a token", source="mirror")):
        snapshot = {"kind": "snapshot", "instrument": "BTC_USDT", "last_id": 1}
        crossed = {"bids": [["2", "1"]], "asks": [["1", "1"]]}
        answer = back_room.show_market([{**snapshot, **crossed}])
        page = chief.get(reverse("admin:simulator"))

    assert answer["refused"][0]["reason"] == "bid 2 is not below ask 1"
    assert page.context["instruments"][0]["last"] is None
    assert page.context["mirrored"][0]["refused_count"] == 1
    assert "No feed yet" in page.content.decode()


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


def test_a_book_that_nobody_speaks_of_is_shown_as_stale():
    row = {"status": "live", "seen_ms": 1_700_000_000_000}
    state = {"instruments": [], "accounts": [], "orders": []}
    state["mirror"] = {"instruments": [row]}

    words = [
        str(rows_of({**state, "now_ms": row["seen_ms"] + age})["mirrored"][0]["word"])
        for age in (9_000, 11_000)
    ]

    assert words == ["Live", "Stale"]
