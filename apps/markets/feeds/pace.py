"""At most so often per topic, and the latest value wins."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

EVERY_S: Final = 0.2


Topic = TypeVar("Topic", bound=Hashable)


class Timers(Protocol):
    """What an event loop is to this: its time, and calls at a later one."""

    def time(self) -> float: ...

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any
    ) -> Any: ...


@dataclass(slots=True)
class Pace(Generic[Topic]):
    """Calls ``flush(topic)`` when it may be told again, at the latest when it is due.

    The value is looked up by ``flush``, so what was overtaken is never sent. A change
    that comes shortly before the time is told at once and paid for afterwards: else
    each would wait for the clock, and be told when the next one is already there.
    """

    timers: Timers
    flush: Callable[[Topic], None]
    every_s: float = EVERY_S
    early_s: float = EVERY_S * 3 / 4
    _due: dict[Topic, float] = field(default_factory=dict)
    _armed: dict[Topic, Any] = field(default_factory=dict)

    def touch(self, topic: Topic) -> None:
        now, due = self.timers.time(), self._due.get(topic, float("-inf"))
        if now >= due - self.early_s:
            self._disarm(topic)
            self._send(topic)
        elif topic not in self._armed:
            self._armed[topic] = self.timers.call_later(due - now, self._ring, topic)

    def forget(self, topic: Topic) -> None:
        self._due.pop(topic, None)
        self._disarm(topic)

    def stop(self) -> None:
        for topic in list(self._armed):
            self.forget(topic)

    def _ring(self, topic: Topic) -> None:
        del self._armed[topic]
        self._send(topic)

    def _disarm(self, topic: Topic) -> None:
        if (timer := self._armed.pop(topic, None)) is not None:
            timer.cancel()

    def _send(self, topic: Topic) -> None:
        now = self.timers.time()
        self._due[topic] = max(now, self._due.get(topic, now)) + self.every_s
        self.flush(topic)
