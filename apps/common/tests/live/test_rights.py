"""Who may watch what, and what happens when that ends."""

import pytest
import websockets
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import RefreshToken

from apps.common.live.access import in_thread
from apps.common.live.consumer import LiveConsumer
from apps.common.tests.live.counting import forbidden, told
from apps.common.tests.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def token_of(user) -> str:
    return str(RefreshToken.for_user(user).access_token)


def one_time_user():
    return make_user(must_change_password=True)


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


async def test_a_topic_that_became_forbidden_ends_and_the_others_go_on(
    site, user, monkeypatch
):
    monkeypatch.setattr(LiveConsumer, "pulse_s", 0.05)
    monkeypatch.setattr(LiveConsumer, "recheck_s", 0.1)
    async with site.open_as(user) as live:
        await live.ask("subscribe", "counter:1")
        await live.ask("subscribe", "counter:2")
        forbidden.add("1")
        refused = await live.next()
        await told("counter:1", count=1)
        await told("counter:2", count=2)
        update = await live.next()

    assert (refused["type"], refused["code"]) == ("refused", "not-allowed")
    assert refused["topic"] == "counter:1"
    assert update["topic"] == "counter:2"
