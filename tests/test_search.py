"""Search finds what its asker may see, and nothing else."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.accounts.models import User
from apps.strategies.tests.factories import make_finished, make_series

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client):
    client.force_login(User.objects.create_superuser("chief", password="x"))
    return client


def found(client, text: str) -> str:
    answer = client.get(reverse("admin:search"), {"s": text})
    assert answer.status_code == 200
    return answer.content.decode().partition("cu-finder-found")[2]


def test_a_page_is_found_by_its_words_in_any_order(chief):
    assert reverse("admin:strategies_backtest_changelist") in found(chief, "backt")
    assert reverse("admin:strategies_backtest_add") in found(chief, "backtest new")


def test_a_backtest_is_found_by_its_number(chief):
    backtest = make_finished(series=make_series("BTC/USDT"))

    link = reverse("admin:strategies_backtest_change", args=[backtest.pk])
    assert link in found(chief, f"#{backtest.pk}")
    assert link not in found(chief, f"#{backtest.pk + 1}")


def test_an_instrument_is_found_by_part_of_its_symbol(chief):
    make_series("BTC/USDT")

    assert "BTC/USDT" in found(chief, "btc")


def test_what_one_may_not_see_is_not_found(client):
    owner = User.objects.create_superuser("owner", password="x")
    theirs = make_finished(series=make_series("BTC/USDT"))
    type(theirs).objects.filter(pk=theirs.pk).update(owner=owner)
    guest = User.objects.create_user("guest", password="x", is_staff=True)
    guest.user_permissions.add(Permission.objects.get(codename="view_backtest"))
    client.force_login(guest)

    assert f"/backtest/{theirs.pk}/" not in found(client, f"#{theirs.pk}")
    assert "BTC/USDT" not in found(client, "btc")
    assert reverse("admin:common_job_changelist") not in found(client, "jobs")


def test_marks_in_the_text_stay_text(chief):
    assert "<script>alert" not in found(chief, "<script>alert(1)</script>")


def test_the_dialog_gets_the_results_alone(chief):
    url = reverse("admin:search")

    answer = chief.get(url, {"s": "jobs"}, headers={"HX-Request": "true"})

    assert "<html" not in answer.content.decode()
    assert reverse("admin:common_job_changelist") in answer.content.decode()
