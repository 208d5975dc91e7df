"""What travels in bodies: nothing unknown, exact decimals, UTC times."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.common.api.fields import ExactDecimalField
from apps.common.models import Job
from apps.common.tests.api_site import JobSerializer
from apps.common.tests.people import make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("apps.common.tests.api_site"),
]


def send(body) -> dict:
    client = APIClient()
    client.force_authenticate(make_user())
    return client.post("/api/v1/test/ticket/", body).json()


def fields_of(body: dict) -> list[str]:
    return [error["field"] for error in body["errors"]]


def test_unknown_fields_are_refused_by_path_at_every_depth():
    leg = {"side": "buy", "quantity": "1", "sid": 3}

    body = send({"legs": [leg], "price": "1", "colour": "red"})

    assert sorted(fields_of(body)) == ["colour", "legs.0.sid"]


def test_unknown_and_invalid_fields_are_told_together():
    body = send({"legs": [], "price": "x", "colour": "red"})

    assert sorted(fields_of(body)) == ["colour", "price"]


def test_a_read_only_field_cannot_be_set():
    form = JobSerializer(data={"title": "t", "kind": "k", "status": "done"})

    assert not form.is_valid()
    assert list(form.errors) == ["status"]


def test_decimals_come_and_go_as_exact_strings():
    leg = {"side": "buy", "quantity": "0.100000000000000001"}

    body = send({"legs": [leg], "price": "1000"})

    assert body["legs"][0]["quantity"] == "0.100000000000000001"
    assert body["price"] == "1000"


def test_a_json_fraction_is_refused_as_inexact():
    body = send({"legs": [], "price": 0.1})

    assert fields_of(body) == ["price"]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-1", "1e40"])
def test_impossible_quantities_are_refused(text):
    body = send({"legs": [{"side": "buy", "quantity": text}], "price": "1"})

    assert fields_of(body) == ["legs.0.quantity"]


def test_large_decimals_are_not_written_with_an_exponent():
    shown = ExactDecimalField().to_representation(Decimal("1E+3"))

    assert shown == "1000"


def test_times_are_utc_whatever_zone_is_active():
    job = Job(created_at=datetime(2025, 6, 3, 12, tzinfo=UTC))

    with timezone.override(ZoneInfo("Asia/Shanghai")):
        shown = JobSerializer(job).data["created_at"]

    assert shown == "2025-06-03T12:00:00Z"
