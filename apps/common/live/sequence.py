"""The numbers of a topic's updates: consecutive, and never lower than before.

A topic's first number is the present in milliseconds. So a counter that was lost
(process restarted, Redis emptied) goes on far above the old one: subscribers see
a gap and get a snapshot, instead of mistaking new updates for old.
"""

import threading
import time
from collections.abc import Iterable

from django.core.cache import cache

from apps.common.live.mode import is_embedded

KEEP_S = 7 * 24 * 3600
LATELY_S = 1.0
MOST_REMEMBERED = 10_000
_counters: dict[str, int] = {}
_lock = threading.Lock()
# When each topic's number was last asked for, and what it was.
_asked: dict[str, tuple[float, int | None]] = {}
_asking = threading.Lock()


def following(topic: str) -> int:
    """The number of the topic's next update; each is given out once."""
    if is_embedded():
        with _lock:
            _counters[topic] = _counters.get(topic, _first()) + 1
            return _counters[topic]
    try:
        return cache.incr(_key(topic))
    except ValueError:  # no counter yet
        cache.add(_key(topic), _first(), timeout=KEEP_S)
        return cache.incr(_key(topic))


def current(topic: str) -> int:
    """The number of the topic's latest update; begins its counter if need be."""
    if is_embedded():
        with _lock:
            return _counters.setdefault(topic, _first())
    return cache.get_or_set(_key(topic), _first, timeout=KEEP_S) or _first()


def known(topics: Iterable[str]) -> dict[str, int]:
    """The latest numbers of those topics that have a counter."""
    if is_embedded():
        with _lock:
            return {t: _counters[t] for t in topics if t in _counters}
    names = {_key(topic): topic for topic in topics}
    found = cache.get_many(names) if names else {}
    return {names[key]: int(value) for key, value in found.items()}


def known_lately(topics: Iterable[str]) -> dict[str, int]:
    """``known``, at most ``LATELY_S`` old: hundreds of sockets ask for the same few."""
    wanted = list(topics)
    with _asking:
        now = time.monotonic()
        oldest = now - LATELY_S
        stale = [t for t in wanted if _asked.get(t, (0.0, None))[0] < oldest]
        if stale:
            if len(_asked) > MOST_REMEMBERED:
                _asked.clear()
                stale = wanted
            found = known(stale)
            _asked.update({topic: (now, found.get(topic)) for topic in stale})
        seen = {topic: _asked[topic][1] for topic in wanted}
    return {topic: number for topic, number in seen.items() if number is not None}


def _first() -> int:
    return time.time_ns() // 1_000_000


def _key(topic: str) -> str:
    return f"live.sequence.{topic}"
