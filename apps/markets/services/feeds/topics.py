"""Live topics: ``ticker:12``, ``candle:12:1m``, ``book:12``, ``trades:12``.

Market data belongs to nobody: whoever is signed in may watch it. The first look at a
topic is also the wish to have it carried; ``watchers`` keeps the wish up while a socket
listens.
"""

from functools import partial
from typing import Any, Final

from apps.common.errors import InvalidInput, NotFound
from apps.common.live import topics
from apps.markets.models import FeedKind, Instrument
from apps.markets.services.feeds.demand import PAGES, Need, ask_for
from apps.markets.services.feeds.quotes import state_of

# Longer than ``watchers`` needs to see that somebody listens.
FIRST_WISH_S: Final = 45.0


def register_topics() -> None:
    for kind in FeedKind.values:
        topics.register(
            kind,
            allowed=partial(_may_watch, kind),
            snapshot=partial(_snapshot, kind),
        )


def need_of(topic: str) -> Need:
    """What a topic is about. Raises ValueError for a key that is none."""
    kind, _, key = topic.partition(":")
    instrument_id, _, timeframe = key.partition(":")
    need = Need(int(instrument_id), kind, timeframe)
    try:
        need.check()
    except InvalidInput as error:
        raise ValueError(str(error)) from None
    return need


def topic_of(need: Need) -> str:
    return ":".join(filter(None, (need.kind, str(need.instrument_id), need.timeframe)))


def _may_watch(kind: str, user: Any, key: str) -> bool:
    need = need_of(f"{kind}:{key}")
    return Instrument.objects.filter(pk=need.instrument_id).exists()


def _snapshot(kind: str, user: Any, key: str) -> dict[str, Any]:
    topic = f"{kind}:{key}"
    try:
        need = need_of(topic)
    except ValueError as error:
        raise NotFound(str(error)) from None
    ask_for(PAGES, [need], for_s=FIRST_WISH_S)
    return state_of(topic)
