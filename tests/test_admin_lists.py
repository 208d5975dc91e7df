"""Every list of the desk answers, and asks the database a fixed number of questions."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.common import audit, heartbeats
from apps.strategies.tests.factories import make_finished, make_series

pytestmark = pytest.mark.django_db(transaction=True)

# Sessions, the person and their rights are three of them.
MOST_QUERIES = 10
LISTS = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model in admin.site._registry
)


@pytest.fixture
def chief(client):
    person = User.objects.create_superuser("chief", password="x")
    client.force_login(person)
    return client


@pytest.fixture
def rows():
    """Several rows in each list, so that a question per row would show."""
    for symbol in ("BTC/USDT", "ETH/USDT", "SOL/USDT"):
        make_finished(series=make_series(symbol))
    heartbeats.beat("web")
    heartbeats.beat("worker")
    audit.record("tested")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_few_questions_whatever_its_length(chief, rows, name):
    url = reverse(f"admin:{name}_changelist")
    chief.get(url)

    with CaptureQueriesContext(connection) as asked:
        answer = chief.get(url)

    assert answer.status_code == 200
    assert len(asked) <= MOST_QUERIES, [q["sql"][:120] for q in asked]


def test_the_dashboard_asks_few_questions(chief, rows):
    with CaptureQueriesContext(connection) as asked:
        answer = chief.get(reverse("admin:index"))

    assert answer.status_code == 200
    assert len(asked) <= 20


def test_who_has_no_rights_sees_no_lists(client, rows):
    person = User.objects.create_user("guest", password="x", is_staff=True)
    client.force_login(person)

    for name in LISTS:
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 403
