"""When a page cannot be shown: what, why, what now, and how to find it in the log."""

import re

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest
from django.urls import path

from cashup.urls import urlpatterns as desk


def _raising(error: Exception):
    def view(request: HttpRequest) -> None:
        raise error

    return view


urlpatterns = [
    *desk,
    path("bad/", _raising(BadRequest("x"))),
    path("denied/", _raising(PermissionDenied("x"))),
    path("broken/", _raising(RuntimeError("the secret cause"))),
]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/bad/", 400, "This request could not be read"),
        ("/denied/", 403, "You may not do this"),
        ("/nowhere/", 404, "There is nothing here"),
        ("/broken/", 500, "The desk made a mistake"),
    ],
)
def test_error_page_says_what_and_names_the_request(client, address, status, heading):
    client.raise_request_exception = False

    answer = client.get(address)

    text = answer.content.decode()
    assert answer.status_code == status
    assert heading in text
    assert re.search(r"<code[^>]*>[0-9a-f-]{36}</code>", text)
    assert "secret cause" not in text
