"""Signing in by token: issue, refresh, end; one-time passwords; tries are limited."""

import uuid

import jwt
import pytest
from django.conf import settings
from django.core.cache import caches
from rest_framework.test import APIClient

from apps.common.tests.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db
AUTH = "/api/v1/auth/"


@pytest.fixture(autouse=True)
def no_earlier_tries(monkeypatch):
    """A part of the cache of its own: emptying Redis would empty it for everybody."""
    monkeypatch.setattr(caches["default"], "key_prefix", uuid.uuid4().hex)


def post(name: str, **body):
    return APIClient().post(f"{AUTH}{name}/", body)


def tokens_of(user) -> dict:
    return post("token", username=user.username, password=PASSWORD).json()


def me(access: str):
    return APIClient().get(f"{AUTH}me/", headers={"authorization": f"Bearer {access}"})


def code_of(response) -> str:
    return response.json()["type"].removeprefix("urn:cashup:problem:")


def test_a_token_speaks_for_its_person():
    user = make_user(first_name="Ada")

    body = me(tokens_of(user)["access"]).json()

    assert body["username"] == user.username
    assert body["first_name"] == "Ada"
    assert "password" not in body


def test_tokens_are_signed_with_a_key_of_their_own():
    access = tokens_of(make_user())["access"]

    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(access, settings.SECRET_KEY, algorithms=["HS256"])


def test_a_wrong_password_is_refused():
    user = make_user()

    response = post("token", username=user.username, password="wrong")

    assert response.status_code == 401
    assert code_of(response) == "no-active-account"


def test_an_unknown_field_in_the_sign_in_is_refused():
    response = post("token", username="a", password="b", remember=True)

    assert response.json()["field"] == "remember"


def test_a_refresh_token_works_once():
    refresh = tokens_of(make_user())["refresh"]

    first, second = post("refresh", refresh=refresh), post("refresh", refresh=refresh)

    assert me(first.json()["access"]).status_code == 200
    assert second.status_code == 401
    assert code_of(second) == "token-not-valid"


def test_a_refresh_token_of_a_deleted_person_is_refused():
    user = make_user()
    refresh = tokens_of(user)["refresh"]
    user.delete()

    assert post("refresh", refresh=refresh).status_code == 401


def test_logout_ends_the_refresh_token():
    refresh = tokens_of(make_user())["refresh"]

    assert post("logout", refresh=refresh).status_code == 204
    assert post("refresh", refresh=refresh).status_code == 401


@pytest.mark.parametrize("token", ["garbage", "a.b.c"])
def test_a_broken_token_is_refused(token):
    response = me(token)

    assert response.status_code == 401
    assert code_of(response) == "token-not-valid"


def test_a_changed_password_ends_its_tokens():
    user = make_user()
    access = tokens_of(user)["access"]
    user.set_password("another horse 43")
    user.save()

    assert me(access).status_code == 401


def test_a_deactivated_person_is_refused():
    user = make_user()
    access = tokens_of(user)["access"]
    user.is_active = False
    user.save()

    assert me(access).status_code == 401


def test_a_one_time_password_gives_no_token():
    response = post(
        "token",
        username=make_user(must_change_password=True).username,
        password=PASSWORD,
    )

    assert response.status_code == 403
    assert code_of(response) == "password-change-required"


def test_a_one_time_password_stops_tokens_given_before():
    user = make_user()
    access = tokens_of(user)["access"]
    user.must_change_password = True
    user.save()

    response = me(access)

    assert response.status_code == 403
    assert code_of(response) == "password-change-required"


def test_a_one_time_password_stops_the_session_too(client):
    client.force_login(make_user(must_change_password=True))

    response = client.get(f"{AUTH}me/")

    assert response.status_code == 403
    assert code_of(response) == "password-change-required"
    assert response["Content-Type"] == "application/problem+json"


def test_password_guessing_is_slowed_down():
    user = make_user()
    for _try in range(10):
        post("token", username=user.username, password="wrong")

    response = post("token", username=user.username, password=PASSWORD)

    assert response.status_code == 429
    assert code_of(response) == "throttled"
    assert int(response["Retry-After"]) > 0


def test_a_forged_address_does_not_escape_the_limit():
    user = make_user()
    body = {"username": user.username, "password": "wrong"}
    answers = [
        APIClient().post(
            f"{AUTH}token/", body, headers={"x-forwarded-for": f"10.0.0.{number}"}
        )
        for number in range(11)
    ]

    assert answers[-1].status_code == 429
