"""Who is at the other end of a socket, and whether the page is one of ours."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication

Result = TypeVar("Result")

BEARER = "bearer"
# Not asgiref's one shared thread: a slow snapshot would hold up every socket.
_threads = ThreadPoolExecutor(4, thread_name_prefix="live-db")


async def in_thread(function: Callable[..., Result], *args: Any) -> Result:
    """Run code that uses the database; its connections are closed properly after."""
    call = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    return await call(*args)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the handshake brought; a token wins over the session's cookie."""

    token: str = ""
    session_key: str = ""
    is_subprotocol: bool = False

    @classmethod
    def of(cls, scope: dict[str, Any]) -> Self:
        scheme, _, token = _header(scope, b"authorization").partition(" ")
        if scheme.lower() == BEARER and token:
            return cls(token=token)
        offered = scope.get("subprotocols") or []
        if len(offered) == 2 and offered[0] == BEARER:
            return cls(token=offered[1], is_subprotocol=True)
        cookies = parse_cookie(_header(scope, b"cookie"))
        return cls(session_key=cookies.get(settings.SESSION_COOKIE_NAME, ""))

    def refusal(self) -> tuple[Any, str]:
        """The person, and why there is no socket for this one; "" when there is.

        Asked at the start and again while the socket lives. Uses the database.
        """
        user = self._user()
        if not user.is_authenticated or not user.is_active:
            return user, "login-required"
        if getattr(user, "must_change_password", False):
            return user, "password-change-required"
        return user, ""

    def _user(self) -> Any:
        if self.token:
            return _user_of_token(self.token)
        if not self.session_key:
            return AnonymousUser()
        # Django's own check, so an ended session or changed password counts here too.
        request = HttpRequest()
        store = import_module(settings.SESSION_ENGINE).SessionStore
        request.session = store(self.session_key)
        return auth.get_user(request)


def _user_of_token(token: str) -> Any:
    judge = JWTAuthentication()
    try:
        return judge.get_user(judge.get_validated_token(token.encode()))
    except AuthenticationFailed:
        return AnonymousUser()


def origin_is_ours(scope: dict[str, Any]) -> bool:
    """Browsers always name the page's origin; a client without one is no browser."""
    origin = _header(scope, b"origin")
    if not origin:
        return True
    parts = urlsplit(origin)
    if not parts.hostname:
        return False
    return _is_trusted(parts.scheme, parts.netloc) or _is_own_host(scope, parts.netloc)


def _is_own_host(scope: dict[str, Any], netloc: str) -> bool:
    if "*" in settings.ALLOWED_HOSTS:
        # Everything is allowed as a host, so only the page's own host is left.
        return netloc.lower() == _header(scope, b"host").lower()
    domain, _ = split_domain_port(netloc)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _is_trusted(scheme: str, netloc: str) -> bool:
    for trusted in map(urlsplit, settings.CSRF_TRUSTED_ORIGINS):
        if trusted.scheme == scheme and is_same_domain(
            netloc, trusted.netloc.removeprefix("*")
        ):
            return True
    return False


def _header(scope: dict[str, Any], name: bytes) -> str:
    found = (value for key, value in scope["headers"] if key == name)
    return next(found, b"").decode("latin1")
