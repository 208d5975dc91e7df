"""Every failure under /api/ is a problem that names the field and the request."""

import logging

import pytest
from rest_framework.test import APIClient

from apps.common.tests.people import make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("apps.common.tests.api_site"),
]


@pytest.fixture
def client():
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(make_user())
    return client


def problem_of(response, status: int, code: str) -> dict:
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    body = response.json()
    assert body["type"] == f"urn:cashup:problem:{code}"
    assert body["status"] == status
    assert body["title"] and body["detail"]
    assert body["request_id"] == response["X-Request-ID"]
    return body


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("input", 400, "invalid"),
        ("fields", 400, "invalid"),
        ("missing", 404, "not-found"),
        ("conflict", 409, "conflict"),
        ("away", 503, "unavailable"),
        ("model", 400, "invalid"),
        ("crash", 500, "failed"),
    ],
)
def test_each_error_class_has_its_status(client, kind, status, code):
    problem_of(client.get(f"/api/v1/test/fail/{kind}/"), status, code)


def test_an_invalid_value_is_named_with_its_field(client):
    body = client.get("/api/v1/test/fail/input/").json()

    assert body["field"] == "quantity"
    assert body["detail"] == "quantity 0 is below the lot size"


def test_several_invalid_fields_are_all_named(client):
    body = client.get("/api/v1/test/fail/fields/").json()

    assert body["errors"] == [
        {"field": "fast", "detail": "below 2"},
        {"field": "slow", "detail": "above 200"},
    ]


def test_a_crash_is_logged_and_tells_nothing(client, caplog, settings):
    settings.DEBUG = True

    with caplog.at_level(logging.ERROR):
        response = client.get("/api/v1/test/fail/crash/")

    assert "secret-token-123" in caplog.text
    assert b"secret-token-123" not in response.content
    assert b"Traceback" not in response.content


def test_an_unknown_address_is_a_problem(client):
    problem_of(client.get("/api/v1/nowhere/"), 404, "not-found")


def test_a_foreign_host_is_a_problem(client):
    response = client.get("/api/v1/auth/me/", headers={"host": "evil.example"})

    problem_of(response, 400, "malformed")


def test_a_wrong_method_is_a_problem(client):
    problem_of(client.put("/api/v1/test/jobs/", {}), 405, "method-not-allowed")


def test_a_broken_body_is_a_problem(client):
    response = client.post(
        "/api/v1/test/ticket/", "{not json", content_type="application/json"
    )

    problem_of(response, 400, "malformed")


def test_another_content_type_is_refused(client):
    response = client.post("/api/v1/test/ticket/", "a=1", content_type="text/plain")

    problem_of(response, 415, "unsupported-media-type")


def test_a_stranger_is_asked_to_sign_in(client):
    response = APIClient().get("/api/v1/test/jobs/")

    problem_of(response, 401, "login-required")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_session_without_csrf_token_is_refused():
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_user())

    problem_of(client.post("/api/v1/test/jobs/", {}), 403, "csrf-failed")


def test_a_given_request_id_is_kept_and_an_odd_one_replaced(client):
    kept = client.get("/api/v1/nowhere/", headers={"x-request-id": "abcd-1234"})
    odd = client.get("/api/v1/nowhere/", headers={"x-request-id": "a b\tc<script>"})

    assert kept["X-Request-ID"] == kept.json()["request_id"] == "abcd-1234"
    assert "script" not in odd["X-Request-ID"]


def test_pages_outside_the_api_stay_pages(client):
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
    assert response["X-Request-ID"]
