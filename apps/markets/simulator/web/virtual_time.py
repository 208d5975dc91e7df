"""A loop whose time passes only when nothing is left to do: hours in milliseconds."""

import asyncio
import selectors
from typing import Any

from apps.markets.simulator.core.clock import Clock


class _Selector(selectors.DefaultSelector):
    """Never waits: what would be waited for is time that has passed."""

    passed_s: float = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            # No timer is set: only the outside, or another thread, can go on.
            return super().select(None)
        self.passed_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time; sockets within the process still work."""

    def __init__(self) -> None:
        self._own = _Selector()
        super().__init__(self._own)

    def time(self) -> float:
        return self._own.passed_s


class LoopClock(Clock):
    """The exchange's clock by a loop's time, from a moment on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start_ms: int) -> None:
        self._loop, self._start_ns = loop, start_ms * 1_000_000
        self._from = loop.time()

    def now_ns(self) -> int:
        return self._start_ns + round((self._loop.time() - self._from) * 1e9)

    def now_ms(self) -> int:
        return self.now_ns() // 1_000_000
