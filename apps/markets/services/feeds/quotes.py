"""The newest state of every live topic: what a page begins with.

In the cache, so with Redis every web process has it; in the one-process desk it is the
desk's own memory, filled by what its feeds tell. It can be lost at any time.
"""

from typing import Any, Final

from django.core.cache import cache

from apps.common import clock
from apps.markets.models import FeedChannel, FeedState

KEEP_S: Final = 24 * 3600


def remember(topic: str, data: dict[str, Any]) -> None:
    cache.set(_key(topic), data, KEEP_S)


def latest(topic: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = cache.get(_key(topic))
    return found


def state_of(topic: str) -> dict[str, Any]:
    """What a subscriber gets first: the newest data, and since when it may be stale.

    ``stale_since_ms`` is null while the channel is live or its market quiet.
    """
    prefix, _, rest = topic.partition(":")
    instrument_id, _, timeframe = rest.partition(":")
    row = FeedChannel.objects.filter(
        instrument_id=instrument_id, kind=prefix, timeframe=timeframe
    ).select_related("process")
    found = latest(topic) or {}
    return {**found, "feed": feed_of(row.first())}


def feed_of(channel: FeedChannel | None) -> dict[str, Any]:
    """How fresh a channel is, for pages."""
    if channel is None:
        return {"state": FeedState.CONNECTING, "stale_since_ms": None}
    process = channel.process
    is_carried = process is not None and process.is_alive(clock.now())
    state = channel.state if is_carried else FeedState.ENDED
    since = channel.last_message_at
    if since is None or state in (FeedState.LIVE, FeedState.QUIET):
        return {"state": state, "stale_since_ms": None}
    return {"state": state, "stale_since_ms": clock.to_ms(since)}


def _key(topic: str) -> str:
    return f"quote.{topic}"
