"""Each process says every few seconds that it lives."""

import logging
import threading
from typing import Any

from django.db import DatabaseError, connection

from apps.common import clock
from apps.common.identity import process_name, version
from apps.common.models import Heartbeat

logger = logging.getLogger(__name__)

EVERY_S = 10.0


def beat(kind: str, **details: Any) -> None:
    """Record one heartbeat of this process in its role ``kind``."""
    now = clock.now()
    Heartbeat.objects.update_or_create(
        name=f"{kind}@{process_name()}",
        defaults={"beat_at": now, "details": details},
        create_defaults={
            "kind": kind,
            "version": version(),
            "started_at": now,
            "beat_at": now,
            "details": details,
        },
    )


def start(kind: str, **details: Any) -> threading.Event:
    """Beat from a daemon thread until the returned event is set."""
    ended = threading.Event()
    thread = threading.Thread(
        target=_beat_until,
        args=(ended, kind, details),
        name=f"heart-{kind}",
        daemon=True,
    )
    thread.start()
    return ended


def _beat_until(ended: threading.Event, kind: str, details: dict[str, Any]) -> None:
    try:
        while True:
            _try_beat(kind, details)
            if ended.wait(EVERY_S):
                break
    finally:
        connection.close()


def _try_beat(kind: str, details: dict[str, Any]) -> None:
    try:
        beat(kind, **details)
    except DatabaseError:
        # A missing heartbeat is itself the news; the process works on.
        logger.warning("heartbeat.not_written", extra={"kind": kind})
        connection.close()
