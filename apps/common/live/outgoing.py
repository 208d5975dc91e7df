"""What one client still has to be sent, bounded however slowly it reads.

Answers wait in line. Of a topic only the newest state waits, and it is sent at most
five times a second: whoever reads slowly misses what was overtaken, not what is true.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from apps.common.live import frames

EVERY_S: Final = 0.2
# A publisher at five a second comes now early, now late: a timer for every message
# that is a moment early would cost more than the message. The average stays.
LENIENT_S: Final = 0.15
MOST_ANSWERS: Final = 500


class TooSlowError(Exception):
    """More answers wait than a client that reads at all would ever leave."""


class Outgoing:
    """``run`` sends; the other methods only note and return at once."""

    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._answers: deque[str] = deque()
        self._newest: dict[str, tuple[int, str]] = {}
        self._ready: dict[str, None] = {}  # topics that may be sent now, in order
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._sent: dict[str, int] = {}  # the number sent last
        # From when on the next may follow. Counted from when one was ready, not sent:
        # a line that is late once would stay late.
        self._due: dict[str, float] = {}
        self._woken = asyncio.Event()
        self._sending_since: float | None = None

    def answer(self, frame: str) -> None:
        """Send this, in order. Raises TooSlowError when too many wait."""
        if len(self._answers) >= MOST_ANSWERS:
            raise TooSlowError
        self._answers.append(frame)
        self._woken.set()

    def state(self, topic: str, seq: int, frame: str) -> None:
        """The topic's state now: replaces what waits of it, and is sent at once."""
        self._newest[topic] = seq, frame
        self._sent.pop(topic, None)
        self._release(topic)

    def update(self, topic: str, seq: int, frame: str) -> None:
        """A newer state; sent when the topic's last one is old enough."""
        is_waiting = topic in self._newest
        self._newest[topic] = seq, frame
        if is_waiting:
            return
        wait_s = self._due.get(topic, float("-inf")) - self._loop.time()
        if wait_s > LENIENT_S:
            self._timers[topic] = self._loop.call_later(wait_s, self._release, topic)
        else:
            self._release(topic)

    def forget(self, topic: str) -> None:
        """Send nothing more of it."""
        self._newest.pop(topic, None)
        self._ready.pop(topic, None)
        self._sent.pop(topic, None)
        self._due.pop(topic, None)
        if timer := self._timers.pop(topic, None):
            timer.cancel()

    def stuck_s(self) -> float:
        """For how long the client has not taken what is being sent; 0: it reads."""
        since = self._sending_since
        return 0.0 if since is None else self._loop.time() - since

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            frame = self._next()
            if frame is None:
                self._woken.clear()
                await self._woken.wait()
                continue
            self._sending_since = self._loop.time()
            await self._send(frame)
            self._sending_since = None

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

    def _release(self, topic: str) -> None:
        if timer := self._timers.pop(topic, None):
            timer.cancel()
        now = self._loop.time()
        self._due[topic] = max(self._due.get(topic, now), now) + EVERY_S
        self._ready[topic] = None
        self._woken.set()

    def _next(self) -> str | None:
        if self._answers:
            return self._answers.popleft()
        if not self._ready:
            return None
        topic = next(iter(self._ready))
        del self._ready[topic]
        seq, frame = self._newest.pop(topic)
        before = self._sent.get(topic)
        self._sent[topic] = seq
        # With numbers left out it is no next step, but the state as a whole.
        is_next = before is not None and seq == before + 1
        return frame if is_next else frames.as_snapshot(frame)
