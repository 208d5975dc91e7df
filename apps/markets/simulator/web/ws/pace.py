"""A push at most so often: changes in between are sent as one."""

import asyncio
from collections.abc import Callable, Hashable


class Pace:
    """Runs a flush per name, at once when it is due, else when it becomes due.

    Nothing runs while nothing changes, so quiet hours cost nothing.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, float] = {}
        self._timers: dict[Hashable, asyncio.TimerHandle] = {}

    def touch(self, name: Hashable, every_s: float, flush: Callable[[], None]) -> None:
        """Something changed: flush now, or ``every_s`` after the last time."""
        if name in self._timers:
            return
        loop = asyncio.get_running_loop()
        wait = self._last.get(name, float("-inf")) + every_s - loop.time()
        self._timers[name] = loop.call_later(max(wait, 0), self._run, name, flush)

    def forget(self, name: Hashable) -> None:
        self._last.pop(name, None)
        if timer := self._timers.pop(name, None):
            timer.cancel()

    def stop(self) -> None:
        for name in list(self._timers):
            self.forget(name)

    def _run(self, name: Hashable, flush: Callable[[], None]) -> None:
        self._timers.pop(name, None)
        self._last[name] = asyncio.get_running_loop().time()
        flush()
