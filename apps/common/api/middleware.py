"""Every answer carries its request id; every failure under /api/ is a problem."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.common.api.problems import CONTENT_TYPE, problem_response

Handler = Callable[[HttpRequest], HttpResponseBase]
HEADER = "X-Request-ID"
API_PREFIX = "/api/"
# A caller's id ends up in our logs and in the audit trail: short and harmless only.
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Outermost: gives the request its id, and the answer the same one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request.META.get("HTTP_X_REQUEST_ID", "")
        if not ACCEPTABLE.fullmatch(request_id):
            request_id = str(uuid.uuid4())
        # django_structlog's RequestMiddleware further in reads it from here.
        request.META["HTTP_X_REQUEST_ID"] = request_id
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response


class ProblemMiddleware:
    """Clothes what REST framework never saw: unknown addresses, crashes, bad hosts."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith(API_PREFIX):
            return response
        if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        return _clothed(request, response.status_code)


def _clothed(request: HttpRequest, status: int) -> HttpResponseBase:
    code, detail = _reason(status)
    return problem_response(
        status, code, detail, request_id=request.META["HTTP_X_REQUEST_ID"]
    )


def _reason(status: int) -> tuple[str, str]:
    if status == 404:
        return "not-found", _("There is nothing at this address.")
    if status == 403:
        return "not-allowed", _("This request is not allowed.")
    if status >= 500:
        return "failed", _("The failure was logged under this request id.")
    return "malformed", _("The request cannot be accepted in this form.")
