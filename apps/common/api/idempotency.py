"""A creating POST that is repeated with the same key creates once.

The key, the creation and the stored answer are one transaction. So a second
request with the key waits at the database for the first; a creation that fails,
or whose process dies, leaves no key behind; and there is no half-done state.
"""

import functools
import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_FOR = timedelta(days=7)
ACCEPTABLE = re.compile(r"[\x21-\x7e]{1,100}")
View = Callable[..., Response]


class IdempotencyKeyReused(APIException):
    """The key was used for a request with another body."""

    status_code = 422
    default_code = "idempotency-key-reused"
    default_detail = _("This Idempotency-Key was used for another request.")


class _KeyTakenError(Exception):
    """Another request with the key has been committed."""


class _NotCreatedError(Exception):
    """Carries a refusing answer out of the transaction, which is undone."""

    def __init__(self, response: Response) -> None:
        self.response = response


def idempotent(method: View) -> View:
    """Honour ``Idempotency-Key`` on a viewset's creating method.

    The method runs inside the transaction that stores the key: it must not call
    the network. Raises InvalidInput for a key out of form, IdempotencyKeyReused
    when its first request had another body.
    """

    @functools.wraps(method)
    def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        if HEADER not in request.headers:
            return method(view, request, *args, **kwargs)
        claim = _claim(request)
        return _once(claim, lambda: method(view, request, *args, **kwargs))

    wrapped.is_idempotent = True  # type: ignore[attr-defined]
    return wrapped


class IdempotentCreateMixin:
    """Put before ``CreateModelMixin``: makes its ``create`` idempotent."""

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().create(request, *args, **kwargs)  # type: ignore[misc]


def forget_old() -> int:
    """Delete keys that no client can still be repeating; returns how many."""
    return forget_before(clock.now() - KEPT_FOR)


def forget_before(moment: datetime) -> int:
    """Delete keys made before ``moment``; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=moment).delete()[0]


def _claim(request: Request) -> IdempotencyKey:
    key = request.headers[HEADER]
    if not ACCEPTABLE.fullmatch(key):
        rule = _("1 to 100 printable ASCII characters without spaces")
        raise InvalidInput(str(rule), field=HEADER)
    asked = [request.method, request.path, request.data]
    text = json.dumps(asked, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    owner_id: Any = request.user.pk
    return IdempotencyKey(owner_id=owner_id, key=key, request_hash=digest)


def _once(claim: IdempotencyKey, create: Callable[[], Response]) -> Response:
    while True:
        try:
            return _first(claim, create)
        except _NotCreatedError as refused:
            return refused.response
        except _KeyTakenError:
            stored = IdempotencyKey.objects.filter(
                owner_id=claim.owner_id, key=claim.key
            )
            if earlier := stored.first():
                return _again(claim, earlier)
            # It was forgotten between our insert and this look: start over.


@transaction.atomic
def _first(claim: IdempotencyKey, create: Callable[[], Response]) -> Response:
    claim.pk = None
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError:
        raise _KeyTakenError from None
    response = create()
    if response.status_code >= 400:
        raise _NotCreatedError(response)
    claim.status = response.status_code
    claim.body = json.loads(JSONRenderer().render(response.data) or b"null")
    claim.save()
    return response


def _again(claim: IdempotencyKey, earlier: IdempotencyKey) -> Response:
    if earlier.request_hash != claim.request_hash:
        raise IdempotencyKeyReused
    return Response(earlier.body, status=earlier.status, headers={REPLAYED: "true"})
