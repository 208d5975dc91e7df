"""Who needs what: a channel lives while anybody asks for it, and a moment longer."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Wanted = TypeVar("Wanted", bound=Hashable)


@dataclass(slots=True)
class Demand(Generic[Wanted]):
    """Counts askers. Who only turns a page finds the channel still there."""

    linger_ms: int = 30_000
    _askers: dict[Wanted, set[str]] = field(default_factory=dict)
    _leaving: dict[Wanted, int] = field(default_factory=dict)

    def set(self, asker: str, wanted: Iterable[Wanted], now_ms: int) -> None:
        """What ``asker`` needs from now on, in the place of what it needed before."""
        needed = set(wanted)
        for one, askers in list(self._askers.items()):
            if asker in askers and one not in needed:
                self._leave(one, asker, now_ms)
        for one in needed:
            self._askers.setdefault(one, set()).add(asker)
            self._leaving.pop(one, None)

    def leave(self, asker: str, now_ms: int) -> None:
        self.set(asker, (), now_ms)

    def askers_of(self, one: Wanted) -> int:
        return len(self._askers.get(one, ()))

    def wanted(self, now_ms: int) -> frozenset[Wanted]:
        """What is needed, or was a moment ago."""
        for one, since in list(self._leaving.items()):
            if now_ms - since >= self.linger_ms:
                del self._leaving[one]
        return frozenset(self._askers) | frozenset(self._leaving)

    def _leave(self, one: Wanted, asker: str, now_ms: int) -> None:
        askers = self._askers[one]
        askers.discard(asker)
        if not askers:
            del self._askers[one]
            self._leaving[one] = now_ms
