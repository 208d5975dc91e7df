"""Backtests over the REST API."""

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.strategies.models import Backtest
from apps.strategies.tests.factories import make_backtest, make_finished, make_series

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/backtests/"


@pytest.fixture
def ann():
    return User.objects.create_user("ann")


@pytest.fixture
def client(ann):
    client = APIClient()
    client.force_authenticate(ann)
    return client


def test_a_backtest_is_asked_for_watched_and_read(client, ann):
    series = make_series()

    answer = client.post(URL, {"strategy": "ema_cross", "series": series.pk})

    assert answer.status_code == 201
    body = answer.json()
    assert body["job"]["status"] == "queued"
    assert body["parameters"] == {"fast": 12, "slow": 26, "short": False}
    assert Backtest.objects.get().owner == ann


def test_the_same_key_asks_once(client):
    body = {"strategy": "ema_cross", "series": make_series().pk}

    answers = [client.post(URL, body, headers={"Idempotency-Key": "k1"}) for _ in "ab"]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Backtest.objects.count() == 1


def test_errors_name_their_fields_as_the_body_does(client):
    body = {
        "strategy": "ema_cross",
        "series": make_series().pk,
        "parameters": {"fast": 1000},
        "options": {"fee": 5},
    }

    answer = client.post(URL, body)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"parameters.fast", "options.fee"}


def test_unknown_fields_are_refused_by_name(client):
    body = {"strategy": "ema_cross", "series": make_series().pk, "sereis": 1}

    assert client.post(URL, body).json()["errors"][0]["field"] == "sereis"


def test_somebody_elses_backtest_does_not_exist(client):
    foreign = make_backtest(owner=User.objects.create_user("ben"))

    for path in ("", "cancel/", "trades/"):
        method = client.post if path == "cancel/" else client.get
        assert method(f"{URL}{foreign.pk}/{path}").status_code == 404
    assert client.delete(f"{URL}{foreign.pk}/").status_code == 404
    assert client.get(URL).json()["results"] == []


def test_a_waiting_backtest_is_cancelled_and_has_no_trades(client, ann):
    backtest = make_backtest(owner=ann)

    assert client.get(f"{URL}{backtest.pk}/trades/").status_code == 409
    answer = client.post(f"{URL}{backtest.pk}/cancel/")

    assert answer.json()["job"]["status"] == "cancelled"
    assert client.post(f"{URL}{backtest.pk}/cancel/").status_code == 409


def test_a_finished_one_has_figures_trades_and_can_be_deleted(client, ann):
    backtest = make_finished(owner=ann)

    body = client.get(f"{URL}{backtest.pk}/").json()
    trades = client.get(f"{URL}{backtest.pk}/trades/").json()

    assert body["figures"]["trades"] == len(trades) > 0
    assert isinstance(body["final_equity"], str)
    assert client.delete(f"{URL}{backtest.pk}/").status_code == 204


def test_strategies_show_their_parameters(client):
    body = client.get("/api/v1/strategies/ema_cross/").json()

    assert body["parameters"][0]["name"] == "fast"
    assert body["parameters"][0]["high"] == 50
