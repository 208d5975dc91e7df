"""What can be watched: each room registers its topics, with permission and snapshot."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Allowed = Callable[[Any, str], bool]
Snapshot = Callable[[Any, str], dict[str, Any]]

# "prefix" or "prefix:key"; keys are primary keys, symbols such as BTC/USDT, slugs.
TOPIC = re.compile(r"[a-z][a-z0-9_.-]{0,40}(:[A-Za-z0-9_./@+=:-]{1,120})?")


@dataclass(frozen=True, slots=True)
class Watchable:
    """A kind of topic. Both functions run in a thread and may use the database.

    ``is_whole``: each update is the whole state, so that a newer one replaces it.
    """

    prefix: str
    allowed: Allowed
    snapshot: Snapshot
    is_whole: bool = True


_registered: dict[str, Watchable] = {}


def register(
    prefix: str, *, allowed: Allowed, snapshot: Snapshot, is_whole: bool = True
) -> None:
    """Offer ``prefix:KEY`` (or bare ``prefix``, whose key is "") to subscribers.

    ``allowed(user, key)`` says who may watch; ``snapshot(user, key)`` gives the
    state that later updates continue. With ``is_whole`` False no update is ever left
    out for a slow client, because each tells of another part. Called in
    ``AppConfig.ready``. Raises ValueError when the prefix is taken or out of form.
    """
    if ":" in prefix or not TOPIC.fullmatch(prefix):
        raise ValueError(f"{prefix!r} is not a topic prefix")
    if prefix in _registered:
        raise ValueError(f"topic prefix {prefix!r} is registered already")
    _registered[prefix] = Watchable(prefix, allowed, snapshot, is_whole)


def unregister(prefix: str) -> None:
    """For tests that bring their own topic."""
    _registered.pop(prefix, None)


def registered() -> tuple[str, ...]:
    """The prefixes on offer, for the description of the protocol."""
    return tuple(sorted(_registered))


def is_topic(text: object) -> bool:
    return isinstance(text, str) and TOPIC.fullmatch(text) is not None


def find(topic: str) -> tuple[Watchable, str] | None:
    """The kind and the key of a topic, or None when no room offers it."""
    prefix, _, key = topic.partition(":")
    kind = _registered.get(prefix)
    return (kind, key) if kind else None
