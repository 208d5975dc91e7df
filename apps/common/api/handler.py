"""Turns every expected failure inside an API view into a problem."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from apps.common import errors
from apps.common.api.problems import CONTENT_TYPE, FieldProblem, problem

STATUSES: dict[type[errors.CashUpError], int] = {
    errors.InvalidInput: 400,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Unavailable: 503,
}
CODES = {
    "not_authenticated": "login-required",
    "permission_denied": "not-allowed",
    "parse_error": "malformed",
}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's ``EXCEPTION_HANDLER``.

    None means unexpected: Django logs the traceback and answers 500, which
    ``ProblemMiddleware`` clothes as a problem.
    """
    if isinstance(error, errors.CashUpError):
        return _answer(_status(error), error.code, str(error), _of_ours(error))
    if isinstance(error, ModelValidationError):
        return _invalid([*_of_model(error)])
    if isinstance(error, Http404):
        return _answer(404, "not-found", _("There is nothing at this address."))
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.ValidationError):
        return _invalid([*_flatten(error.detail)])
    if isinstance(error, exceptions.APIException):
        return _framework(error)
    return None


def _status(error: errors.CashUpError) -> int:
    return next((s for kind, s in STATUSES.items() if isinstance(error, kind)), 400)


def _of_ours(error: errors.CashUpError) -> list[FieldProblem]:
    if isinstance(error, errors.InvalidFields):
        return [FieldProblem(field, text) for field, text in error.errors.items()]
    return [FieldProblem(error.field, error.message)] if error.field else []


def _of_model(error: ModelValidationError) -> Iterator[FieldProblem]:
    """``full_clean`` speaks of fields, a bare ValidationError of none."""
    if not hasattr(error, "error_dict"):
        yield from (FieldProblem("", text) for text in error.messages)
        return
    for field, texts in error.message_dict.items():
        name = "" if field == NON_FIELD_ERRORS else field
        yield from (FieldProblem(name, text) for text in texts)


def _flatten(detail: Any, path: str = "") -> Iterator[FieldProblem]:
    """Nested serializer errors as dotted paths; a list of objects by its index."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _flatten(inner, path if own else f"{path}.{name}".lstrip("."))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flatten(inner, f"{path}.{index}" if nested else path)
    else:
        yield FieldProblem(path, str(detail))


def _invalid(found: list[FieldProblem]) -> Response:
    said = [f"{e.field}: {e.detail}" if e.field else e.detail for e in found]
    return _answer(400, "invalid", "; ".join(said), found)


def _framework(error: exceptions.APIException) -> Response:
    detail = error.detail
    # simplejwt hands a dictionary with its own code and the reasons per token class.
    text = detail.get("detail", "") if isinstance(detail, dict) else detail
    code = str(getattr(text, "code", "") or error.default_code)
    if str(text).startswith("CSRF Failed"):
        code = "csrf-failed"
    response = _answer(error.status_code, CODES.get(code, _slug(code)), str(text))
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _slug(code: str) -> str:
    return code.replace("_", "-")


def _answer(
    status: int, code: str, detail: str, found: list[FieldProblem] | None = None
) -> Response:
    body = problem(status, code, detail, errors=found or ())
    return Response(body, status=status, content_type=CONTENT_TYPE)
