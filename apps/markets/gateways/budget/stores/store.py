"""What a store does, and what it is asked to look up for pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from apps.markets.gateways.budget.decision import STEADY_MS, Answer, Ask, Note
from apps.markets.gateways.budget.limits import Limit
from apps.markets.gateways.budget.state import Breaker, Group


@dataclass(frozen=True, slots=True)
class View:
    """The whole state at a moment of the store's time."""

    kept_in: str
    now_ms: int
    breaker: Breaker
    groups: tuple[Group, ...]


class Store(Protocol):
    """One exchange's state. Raises OSError when it is out of reach."""

    async def step(self, notes: Sequence[Note], ask: Ask | None) -> Answer:
        """Take the notes in and answer, as if nobody else were there meanwhile."""

    def look(self) -> View:
        """For people; changes nothing, and may block for a moment."""


def named_in(notes: Sequence[Note], ask: Ask | None) -> dict[str, Limit]:
    """Every limit a step is about."""
    found = {limit.name: limit for note in notes for limit in note.limits}
    if ask is not None:
        found |= {limit.name: limit for limit in ask.limits}
    return found


def seen(name: str, kept: Any, now_ms: int) -> Group:
    """A group as it was kept, brought up to now, for a view."""
    group = Group.load(Limit(name, kept[0], kept[1]), kept, now_ms)
    is_just_now = now_ms < group.at_ms <= now_ms + STEADY_MS
    group.forget(group.at_ms if is_just_now else now_ms)
    return group
