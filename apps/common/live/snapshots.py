"""A topic's present state for one person, or why this person gets none."""

import logging
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.common.live import frames, sequence
from apps.common.live.topics import find

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """The frame to send, and the number that updates continue; or the refusal."""

    frame: str
    seq: int = 0
    is_refused: bool = False


def refused(topic: str, code: str, message: str) -> Taken:
    text = frames.frame("refused", topic=topic, code=code, message=message)
    return Taken(text, is_refused=True)


def take(topic: str, user: Any) -> Taken:
    """Uses the database. The subscriber has joined the topic's group before.

    The number is read before the state: an update in between is in both, and a
    subscriber that applies it again is none the wiser; the other order loses it.
    """
    found = find(topic)
    if found is None:
        return refused(topic, "unknown-topic", _("There is no such topic."))
    kind, key = found
    try:
        if not _is_allowed(kind.allowed, user, key):
            return refused(topic, "not-allowed", _("You may not watch this."))
        seq = sequence.current(topic)
        encoded = frames.encode(kind.snapshot(user, key))
        return Taken(frames.state("snapshot", topic, seq, encoded), seq)
    except NotFound:
        return refused(topic, "not-allowed", _("You may not watch this."))
    except Exception:  # a room's mistake must not end the socket for all topics
        logger.exception("live.snapshot_failed", extra={"topic": topic})
        return refused(topic, "failed", _("This cannot be shown at the moment."))


def lost(topics: list[str], user: Any) -> list[str]:
    """Those that this person may watch no more. Uses the database."""
    found = ((topic, find(topic)) for topic in topics)
    return [
        topic
        for topic, kind in found
        if kind is None or not _may_still(kind[0].allowed, user, kind[1])
    ]


def _may_still(allowed: Any, user: Any, key: str) -> bool:
    try:
        return _is_allowed(allowed, user, key)
    except NotFound:
        return False


def _is_allowed(allowed: Any, user: Any, key: str) -> bool:
    try:
        return bool(allowed(user, key))
    except ValueError:  # a key such as "job:abc" where rows have numbers
        return False
