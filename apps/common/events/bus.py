"""Who hears which event, inside this process."""

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

logger = logging.getLogger(__name__)


class Event:
    """Base of every event; subclasses are frozen dataclasses."""

    @classmethod
    def event_name(cls) -> str:
        return f"{cls.__module__}.{cls.__qualname__}"


E = TypeVar("E", bound=Event)
Subscriber = Callable[[Any], None]

_subscribers: dict[type[Event], list[Subscriber]] = defaultdict(list)


def subscribe(event_type: type[E], subscriber: Callable[[E], None]) -> None:
    """Call ``subscriber`` for each ``event_type``; done in ``AppConfig.ready``."""
    if subscriber not in _subscribers[event_type]:
        _subscribers[event_type].append(subscriber)


def subscribers_of(event_type: type[Event]) -> dict[str, Subscriber]:
    """Subscribers by a name that stays the same across processes and restarts."""
    return {f"{s.__module__}.{s.__qualname__}": s for s in _subscribers[event_type]}


def publish(event: Event) -> None:
    """Tell every subscriber now. One that fails is logged and stops no other."""
    for name, subscriber in subscribers_of(type(event)).items():
        try:
            subscriber(event)
        except Exception:
            fields = {"event_name": event.event_name(), "subscriber": name}
            logger.exception("event.subscriber_failed", extra=fields)
