"""The schema is complete and valid, and its page runs under our own CSP."""

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command

from apps.common.tests.people import make_user


@pytest.fixture(scope="module")
def schema():
    out = StringIO()
    call_command(
        "spectacular",
        "--validate",
        "--fail-on-warn",
        format="openapi-json",
        stdout=out,
    )
    return json.loads(out.getvalue())


def test_the_schema_is_valid_openapi_without_warnings(schema):
    assert schema["openapi"].startswith("3.1")


def test_every_operation_documents_its_problems(schema):
    for path in schema["paths"].values():
        for operation in path.values():
            answer = operation["responses"]["default"]
            assert list(answer["content"]) == ["application/problem+json"]


def test_strict_bodies_say_so(schema):
    body = schema["components"]["schemas"]["SignInRequest"]

    assert body["additionalProperties"] is False


@pytest.mark.django_db
def test_schema_and_page_need_a_login(client):
    assert client.get("/api/v1/schema/").status_code == 401
    page = client.get("/api/v1/docs/")
    assert page.status_code == 302
    assert page.url.startswith("/admin/login/")


@pytest.mark.django_db
def test_the_page_has_no_inline_script_and_no_foreign_address(client):
    client.force_login(make_user())

    page = client.get("/api/v1/docs/").content.decode()

    scripts = re.findall(r"<script([^>]*)>", page)
    assert scripts and all("src=" in script for script in scripts)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.django_db
def test_the_schema_is_served_to_a_session(client):
    client.force_login(make_user())

    response = client.get("/api/v1/schema/", headers={"accept": "application/json"})

    assert response.status_code == 200
    assert "/api/v1/auth/token/" in response.content.decode()
