"""Where the core takes its time from: the machine, or a test that moves it."""

import time
from typing import Protocol


class Clock(Protocol):
    """The present since the epoch. Timers are not the core's business."""

    def now_ns(self) -> int: ...

    def now_ms(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now_ns(self) -> int:
        return time.time_ns()

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class VirtualClock:
    """Stands still until told to move."""

    def __init__(self, start_ms: int) -> None:
        self._ns = start_ms * 1_000_000

    def now_ns(self) -> int:
        return self._ns

    def now_ms(self) -> int:
        return self._ns // 1_000_000

    def advance(self, ms: int) -> None:
        """Raises ValueError when ``ms`` is negative: time never runs back."""
        if ms < 0:
            raise ValueError(f"time cannot move by {ms} ms")
        self._ns += ms * 1_000_000
