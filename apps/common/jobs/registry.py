"""Which function does which kind of job; rooms register in ``AppConfig.ready``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.common.models import Job

if TYPE_CHECKING:
    from apps.common.jobs.context import JobContext


@dataclass(frozen=True, slots=True)
class Handler:
    """``run`` may be called again after a kill, so it writes only in ``finishing``.

    ``is_heavy``: it brings libraries or arrays that should not stay with the desk.
    """

    kind: str
    run: Callable[[JobContext], None]
    queue: str = "default"
    is_heavy: bool = False
    url: Callable[[Job], str] = lambda job: ""


_handlers: dict[str, Handler] = {}


def register(handler: Handler) -> None:
    _handlers[handler.kind] = handler


def handler_of(kind: str) -> Handler:
    try:
        return _handlers[kind]
    except KeyError:
        message = _("no worker here knows jobs of kind %(kind)s") % {"kind": repr(kind)}
        raise NotFound(message) from None
