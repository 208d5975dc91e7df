"""Asking the running simulator about itself, through its back room under /sim."""

import json
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput, Unavailable
from apps.common.models import Heartbeat

KIND = "simulator"
ALIVE_FOR = timedelta(seconds=30)
TIMEOUT_S = 3


def address() -> str | None:
    """The newest living simulator's address, which it tells with its heartbeat."""
    alive = Heartbeat.objects.filter(
        kind=KIND, beat_at__gte=clock.now() - ALIVE_FOR
    ).order_by("-started_at")
    row = alive.first()
    return row.details.get("url") if row else None


def state() -> dict[str, Any]:
    """Instruments, source, accounts, orders, faults. Raises Unavailable."""
    answer: dict[str, Any] = _ask("GET", "/sim/state")
    return answer


def add_fault(fault: dict[str, Any]) -> None:
    """Raises InvalidInput with the simulator's own words, or Unavailable."""
    _ask("POST", "/sim/faults", fault)


def clear_faults(number: int | None = None) -> None:
    """One fault, or all. Raises Unavailable."""
    _ask("DELETE", f"/sim/faults?id={number}" if number else "/sim/faults")


def show_market(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Hand a real exchange's market to a simulator that mirrors it.

    ``messages`` and the answer are as docs/simulator.md has them: what was refused is
    told, not raised. Raises InvalidInput when it is no mirror, or Unavailable.
    """
    answer: dict[str, Any] = _ask("POST", "/sim/mirror", {"messages": messages})
    return answer


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    url = address()
    if url is None:
        raise Unavailable(_("No simulator is running."))
    request = urllib.request.Request(  # noqa: S310  (our own address, on loopback)
        url + path,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"X-Sim-Token": settings.SIMULATOR_TOKEN},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise InvalidInput(_words(error), field="kind") from None
    except (OSError, ValueError) as error:
        text = _("The simulator does not answer: %(error)s.") % {"error": error}
        raise Unavailable(text) from None


def _words(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError):
        return str(error)
