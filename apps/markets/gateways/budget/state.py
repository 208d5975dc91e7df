"""What is remembered of an exchange's budget, small enough to pass around whole.

Times are milliseconds of the store's own clock. Everything is lists of whole numbers
and short texts, so that a file and Redis keep it as JSON.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from apps.markets.gateways.budget.limits import Limit
from apps.markets.gateways.pacing import Priority

# Lanes of a window: answered calls by priority, those of other programs at our address
# as the exchange tells of them, then calls on their way by priority.
OTHERS: Final = 4
FLYING: Final = 5
# A call that nobody heard of again is taken to have arrived by then.
FLIGHT_MS: Final = 15_000


@dataclass(slots=True)
class Ticket:
    """Somebody waits. Forgotten at ``expires_ms`` unless they ask again before."""

    id: str
    priority: Priority
    weight: int
    born_ms: int
    expires_ms: int


@dataclass(slots=True)
class Group:
    """One limit's recent past.

    ``used`` maps (step, lane) to weight; a step is ``limit.step_ms`` long. Nothing
    goes until ``paused_ms``, exits until ``exits_paused_ms``. ``strikes`` is how many
    429s there were in a row, ``struck_ms`` when the last one was.
    """

    limit: Limit
    at_ms: int = 0
    used: dict[tuple[int, int], int] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    strikes: int = 0
    struck_ms: int = 0
    paused_ms: int = 0
    exits_paused_ms: int = 0

    def forget(self, now_ms: int) -> None:
        """Drop what no longer counts. Called before anything else is asked."""
        if now_ms < self.at_ms:
            self.restart(now_ms)
        self.at_ms = now_ms
        for key in [key for key in self.used if self.freed_ms(*key) <= now_ms]:
            del self.used[key]
        expired = [t.id for t in self.tickets.values() if t.expires_ms <= now_ms]
        for name in expired:
            del self.tickets[name]

    def freed_ms(self, step: int, lane: int) -> int:
        """When what was noted in a step stops counting."""
        over_ms = (step + 1) * self.limit.step_ms + self.limit.window_ms
        return over_ms + (FLIGHT_MS if lane >= FLYING else 0)

    def note(self, ms: int, lane: int, weight: int) -> None:
        key = (ms // self.limit.step_ms, lane)
        weight += self.used.pop(key, 0)
        if weight > 0:
            self.used[key] = weight

    def land(self, granted_ms: int, now_ms: int, lane: int, weight: int) -> None:
        """A call on its way was answered: it counts from now at the latest."""
        key = (granted_ms // self.limit.step_ms, FLYING + lane)
        left = self.used.pop(key, 0) - weight
        if left > 0:
            self.used[key] = left
        self.note(now_ms, lane, weight)

    def is_flying(self, now_ms: int) -> bool:
        """Whether an answer may still come."""
        step_ms = self.limit.step_ms
        return any(
            lane >= FLYING and (step + 1) * step_ms + FLIGHT_MS > now_ms
            for step, lane in self.used
        )

    def by_priority(self) -> tuple[list[int], int]:
        """Weights used by each priority, and by others."""
        own, others = [0, 0, 0, 0], 0
        for (_step, lane), weight in self.used.items():
            if lane == OTHERS:
                others += weight
            else:
                own[lane if lane < OTHERS else lane - FLYING] += weight
        return own, others

    def waiting(self) -> list[int]:
        """Weights that wait, by priority."""
        found = [0, 0, 0, 0]
        for ticket in self.tickets.values():
            found[ticket.priority] += ticket.weight
        return found

    def restart(self, now_ms: int) -> None:
        """Count what was used as used just now: the store's clock went back (another
        boot, a set clock), so its times mean nothing. Costs a window at most."""
        own, others = self.by_priority()
        self.used = {}
        for lane, weight in enumerate((*own, others)):
            self.note(now_ms, lane, weight)
        self.tickets = {}
        self.strikes = self.struck_ms = self.paused_ms = self.exits_paused_ms = 0

    def dump(self) -> list[Any]:
        return [
            self.limit.calls,
            self.limit.window_ms,
            self.at_ms,
            self.strikes,
            self.struck_ms,
            self.paused_ms,
            self.exits_paused_ms,
            [[step, lane, weight] for (step, lane), weight in self.used.items()],
            [
                [t.id, int(t.priority), t.weight, t.born_ms, t.expires_ms]
                for t in self.tickets.values()
            ],
        ]

    @classmethod
    def load(cls, limit: Limit, kept: Any, now_ms: int) -> "Group":
        """The group as it was kept, under a limit that may have changed since."""
        if not kept:
            return cls(limit)
        _calls, window_ms, at_ms, strikes, struck, paused, exits, used, tickets = kept
        group = cls(
            limit,
            at_ms,
            {(step, lane): weight for step, lane, weight in used},
            {row[0]: Ticket(row[0], Priority(row[1]), *row[2:]) for row in tickets},
            strikes,
            struck,
            paused,
            exits,
        )
        if window_ms != limit.window_ms:
            group.restart(now_ms)  # its steps were of another length
        return group


class Circuit(IntEnum):
    """Closed: calls go. Open: none does. Half open: one goes, to see."""

    CLOSED = 0
    OPEN = 1
    HALF_OPEN = 2


@dataclass(slots=True)
class Breaker:
    """Opened by a ban, for the whole exchange. ``until_ms`` 0: closed."""

    at_ms: int = 0
    until_ms: int = 0
    bans: int = 0
    probe_ms: int = 0  # a probe is out, and given up then
    since_ms: int = 0

    def forget(self, now_ms: int) -> None:
        if now_ms < self.at_ms and self.until_ms:
            self.until_ms, self.probe_ms, self.since_ms = now_ms, 0, now_ms
        self.at_ms = now_ms

    def state(self, now_ms: int) -> Circuit:
        if not self.until_ms:
            return Circuit.CLOSED
        return Circuit.OPEN if now_ms < self.until_ms else Circuit.HALF_OPEN

    def dump(self) -> list[int]:
        return [self.at_ms, self.until_ms, self.bans, self.probe_ms, self.since_ms]

    @classmethod
    def load(cls, kept: Any) -> "Breaker":
        return cls(*kept) if kept else cls()


@dataclass(slots=True)
class State:
    """The breaker, and the groups that the question at hand is about, by name."""

    breaker: Breaker = field(default_factory=Breaker)
    groups: dict[str, Group] = field(default_factory=dict)

    def of(self, limits: tuple[Limit, ...]) -> Iterator[Group]:
        return (self.groups[limit.name] for limit in limits)
