"""Each person's own language, and no page before a one-time password is replaced."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from apps.common.api.permissions import PasswordChangeRequired
from apps.common.api.problems import problem_response

Handler = Callable[[HttpRequest], HttpResponseBase]


class PersonalLocaleMiddleware(LocaleMiddleware):
    """The language a person chose wins over the cookie and the browser's header."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.user.is_authenticated and request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()


class PasswordChangeMiddleware:
    """Sends a person with a one-time password to the page that replaces it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not getattr(request.user, "must_change_password", False):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            error = PasswordChangeRequired()
            return problem_response(403, error.default_code, str(error.detail))
        allowed = {
            reverse("admin:password_change"),
            reverse("admin:logout"),
            reverse("set_language"),
            reverse("javascript-catalog"),
        }
        if request.path in allowed or request.path.startswith("/static/"):
            return self.get_response(request)
        return redirect("admin:password_change")
