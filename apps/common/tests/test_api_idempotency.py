"""The same key creates once, whatever happens."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from rest_framework.test import APIClient

from apps.common import clock
from apps.common.api.idempotency import forget_before
from apps.common.models import IdempotencyKey, Job
from apps.common.tests.people import make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("apps.common.tests.api_site"),
]
JOBS = "/api/v1/test/jobs/"


def post(user, key: str, title: str = "one"):
    client = APIClient()
    client.force_authenticate(user)
    body = {"kind": "test", "title": title}
    return client.post(JOBS, body, headers={"idempotency-key": key})


def test_a_repeated_request_gets_the_first_answer():
    user = make_user()

    first, second = post(user, "k1"), post(user, "k1")

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert Job.objects.count() == 1


def test_the_key_with_another_body_is_refused():
    user = make_user()
    post(user, "k1")

    response = post(user, "k1", title="two")

    assert response.status_code == 422
    assert response.json()["type"].endswith("idempotency-key-reused")
    assert Job.objects.count() == 1


def test_two_people_may_use_the_same_key():
    post(make_user(), "k1")
    post(make_user(), "k1")

    assert Job.objects.count() == 2


@pytest.mark.parametrize("title", ["", "refused afterwards"])
def test_a_failed_creation_frees_the_key(title):
    user = make_user()

    failed = post(user, "k1", title=title)
    again = post(user, "k1", title="good")

    assert failed.status_code in {400, 409}
    assert again.status_code == 201
    assert Job.objects.count() == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 101, "café"])
def test_a_key_out_of_form_is_refused(key):
    response = post(make_user(), key)

    assert response.status_code == 400
    assert response.json()["field"] == "Idempotency-Key"


def test_old_keys_can_be_forgotten():
    user = make_user()
    post(user, "k1")

    assert forget_before(clock.now()) == 1
    post(user, "k1")

    assert Job.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_eight_racing_requests_create_once():
    user = make_user()
    start = Barrier(8)

    def race(_number: int):
        start.wait()
        try:
            return post(user, "k1")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(race, range(8)))

    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.json()["id"] for answer in answers}) == 1
    replayed = [answer.get("Idempotency-Replayed") for answer in answers]
    assert replayed.count("true") == 7
    assert Job.objects.count() == IdempotencyKey.objects.count() == 1
