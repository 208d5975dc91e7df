"""The state in this process alone: for tests, and when nothing else can be reached."""

import threading
import time
from collections.abc import Callable, Sequence
from copy import deepcopy

from apps.markets.gateways.budget.decision import Answer, Ask, Note, decide
from apps.markets.gateways.budget.state import Group, State
from apps.markets.gateways.budget.stores.store import View, named_in


def boot_ms() -> int:
    """Milliseconds that nobody can set; the same for every process of a machine."""
    return time.monotonic_ns() // 1_000_000


class MemoryStore:
    def __init__(self, clock: Callable[[], int] = boot_ms) -> None:
        self._clock = clock
        self._state = State()
        self._lock = threading.Lock()

    async def step(self, notes: Sequence[Note], ask: Ask | None) -> Answer:
        limits = named_in(notes, ask)
        with self._lock:
            kept = self._state.groups
            for name, limit in limits.items():
                kept.setdefault(name, Group(limit))
            asked = State(self._state.breaker, {name: kept[name] for name in limits})
            return decide(asked, notes, ask, self._clock())

    def look(self) -> View:
        with self._lock:
            state, now_ms = deepcopy(self._state), self._clock()
        for group in state.groups.values():
            group.forget(now_ms)
        return View("memory", now_ms, state.breaker, tuple(state.groups.values()))
