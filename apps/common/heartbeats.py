"""Each process says every few seconds that it lives."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection

from apps.common import clock
from apps.common.identity import process_name, version
from apps.common.models import Heartbeat

logger = logging.getLogger(__name__)

EVERY_S = 10.0
STOP_WITHIN_S = 2.0


def beat(kind: str, **details: Any) -> None:
    """Record one heartbeat of this process in its role ``kind``."""
    now = clock.now()
    Heartbeat.objects.update_or_create(
        name=_name(kind),
        defaults={"beat_at": now, "details": details},
        create_defaults={
            "kind": kind,
            "version": version(),
            "started_at": now,
            "beat_at": now,
            "details": details,
        },
    )


class Heart:
    """Beats from a daemon thread until it is stopped."""

    def __init__(self, kind: str, details: dict[str, Any]) -> None:
        self._kind, self._details = kind, details
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"heart-{kind}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End it, and take its row away: who ends as asked is not missing."""
        self._ended.set()
        self._thread.join(STOP_WITHIN_S)

    def _run(self) -> None:
        try:
            while True:
                _tried(lambda: beat(self._kind, **self._details))
                if self._ended.wait(EVERY_S):
                    break
            _tried(lambda: forget(self._kind))
        finally:
            connection.close()


def start(kind: str, **details: Any) -> Heart:
    return Heart(kind, details)


def forget(kind: str) -> None:
    """Remove this process's row."""
    Heartbeat.objects.filter(name=_name(kind)).delete()


def _name(kind: str) -> str:
    return f"{kind}@{process_name()}"


def _tried(write: Callable[[], None]) -> None:
    try:
        write()
    except DatabaseError:
        # A missing heartbeat is itself the news; the process works on.
        logger.warning("heartbeat.not_written")
        connection.close()
