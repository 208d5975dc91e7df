"""The one shape of an error answer: application/problem+json (RFC 9457)."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from django.http import JsonResponse
from django.utils.translation import gettext_lazy as _

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:cashup:problem:"

TITLES = {
    "invalid": _("A value breaks a rule"),
    "malformed": _("The request cannot be read"),
    "login-required": _("Sign in first"),
    "authentication-failed": _("The credentials were not accepted"),
    "token-not-valid": _("The token is not valid or has expired"),
    "password-change-required": _("The one-time password must be replaced first"),
    "csrf-failed": _("The CSRF token is missing or wrong"),
    "not-allowed": _("You may not do this"),
    "not-found": _("Not found"),
    "conflict": _("Not possible in the present state"),
    "idempotency-key-reused": _("The key belongs to another request"),
    "throttled": _("Too many requests"),
    "failed": _("Something went wrong on our side"),
    "unavailable": _("A part we need does not answer"),
}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One broken rule; ``field`` is a dotted path such as ``legs.0.side``."""

    field: str
    detail: str


def current_request_id() -> str:
    """The id under which the logs tell of this request; empty outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[FieldProblem] = (),
    request_id: str = "",
) -> dict[str, Any]:
    """The body; ``field`` is the first of ``errors``, null when none is to blame."""
    title = TITLES.get(code) or HTTPStatus(status).phrase
    return {
        "type": TYPE_PREFIX + code,
        "title": str(title),
        "status": status,
        "detail": str(detail),
        "field": (errors[0].field or None) if errors else None,
        "errors": [{"field": e.field, "detail": str(e.detail)} for e in errors],
        "request_id": request_id or current_request_id(),
    }


def problem_response(
    status: int, code: str, detail: str, *, request_id: str = ""
) -> JsonResponse:
    """For answers given outside REST framework: middleware, Django's own errors."""
    body = problem(status, code, detail, request_id=request_id)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
