"""Time as a source needs it: it can be told to move, and waits for the market."""

import time
from collections.abc import Callable
from typing import Protocol

from apps.markets.simulator.core.clock import Clock

_MS = 1_000_000


class MovableClock(Clock, Protocol):
    """``VirtualClock`` is one; so is ``PacedClock``."""

    def advance(self, ms: int) -> None:
        """Move on by ``ms``, which is not negative."""


class PacedClock:
    """The machine's time, ``speed`` times as fast, from ``start_ms`` on.

    It never passes the next thing that the market does: it stands there until that
    is played (``let_run``). So everything carries its own time, and a busy process
    makes the market late but never changes it.
    """

    def __init__(
        self,
        start_ms: int,
        speed: float = 1.0,
        *,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        if speed <= 0:
            raise ValueError(f"speed {speed} is not above zero")
        self.speed = speed
        self._monotonic_ns = monotonic_ns
        self._base_ns = start_ms * _MS
        self._since_ns = monotonic_ns()
        self._limit_ns: int | None = start_ms * _MS

    def begin(self) -> None:
        """Run from here: the time that the start took is not made up for.

        A replay calls it last; a market that keeps to the wall clock never does.
        """
        self._base_ns, self._since_ns = self.now_ns(), self._monotonic_ns()

    def now_ns(self) -> int:
        wanted = self._wanted_ns()
        return wanted if self._limit_ns is None else min(wanted, self._limit_ns)

    def now_ms(self) -> int:
        return self.now_ns() // _MS

    def wanted_ms(self) -> int:
        """Where the clock would be if nothing held it."""
        return self._wanted_ns() // _MS

    def advance(self, ms: int) -> None:
        """Raises ValueError when ``ms`` is negative: time never runs back."""
        if ms < 0:
            raise ValueError(f"time cannot move by {ms} ms")
        self._limit_ns = self.now_ns() + ms * _MS
        ahead_ns = self._limit_ns - self._wanted_ns()
        if ahead_ns > 0:
            self._base_ns += ahead_ns

    def let_run(self, until_ms: int | None) -> None:
        """Run on, but not past ``until_ms``; None: without an end."""
        self._limit_ns = None if until_ms is None else until_ms * _MS

    def seconds_until(self, ms: int) -> float:
        """How long the machine has to wait for it; zero when it is due."""
        return max(ms * _MS - self._wanted_ns(), 0) / self.speed / 1e9

    def _wanted_ns(self) -> int:
        elapsed = self._monotonic_ns() - self._since_ns
        return self._base_ns + int(elapsed * self.speed)


def move_to(clock: MovableClock, ms: int) -> None:
    """Move on to ``ms``; nothing happens when it is past."""
    ahead = ms - clock.now_ms()
    if ahead > 0:
        clock.advance(ahead)
