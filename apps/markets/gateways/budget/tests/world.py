"""Many who call one exchange, in virtual time: the decision with nothing around it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from apps.markets.gateways.budget.decision import (
    Ask,
    Heard,
    Note,
    Outcome,
    Verdict,
    decide,
)
from apps.markets.gateways.budget.limits import Limit
from apps.markets.gateways.budget.state import Group, State
from apps.markets.gateways.pacing import Priority

START_MS = 1_700_000_000_000


@dataclass
class Caller:
    """Makes ``calls`` one after the other, from ``from_ms`` on.

    A call arrives there ``way_ms`` after it was let go, its answer here ``back_ms``
    later; ``overslept_ms`` is how late it wakes. Who ``dies`` asks no more after its
    first wait, and tells nobody of an answer.
    """

    priority: Priority = Priority.HISTORY
    calls: int = 1
    weight: int = 1
    from_ms: int = 0
    way_ms: int = 20
    back_ms: int = 20
    overslept_ms: int = 0
    dies: bool = False
    number: int = 0
    sent: list[int] = field(default_factory=list)  # when each call was let go
    waited_ms: list[int] = field(default_factory=list)


@dataclass
class World:
    """``arrived`` is what the exchange counts: time and weight."""

    limit: Limit
    state: State = field(init=False)
    arrived: list[tuple[int, int]] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self.state = State(groups={self.limit.name: Group(self.limit)})

    def run(self, callers: Iterable[Caller], until_ms: int = 10**12) -> None:
        """Let all calls be made that can be before ``until_ms``."""
        events: list[tuple[int, int, object]] = []
        for number, caller in enumerate(callers):
            caller.number = number
            begun_ms = START_MS + caller.from_ms
            heappush(events, (begun_ms, len(events), (caller, begun_ms, 0)))
        count = len(events)
        while events:
            now_ms, _, event = heappop(events)
            if now_ms > START_MS + until_ms:
                return
            for at_ms, later in self._happen(event, now_ms):
                heappush(events, (at_ms, count, later))
                count += 1

    def _happen(self, event: object, now_ms: int) -> list[tuple[int, object]]:
        if isinstance(event, Heard):
            self._decide([event], None, now_ms)
            return []
        if isinstance(event, int):
            self.arrived.append((now_ms, event))
            return []
        return self._ask(*event, now_ms)  # type: ignore[misc]

    def _ask(
        self, caller: Caller, since_ms: int, born_ms: int, now_ms: int
    ) -> list[tuple[int, object]]:
        self.asked += 1
        ticket = f"{caller.number}-{len(caller.sent)}"
        limits = (self.limit,)
        ask = Ask(limits, ticket, caller.weight, caller.priority, born_ms)
        answer = self._decide([], ask, now_ms)
        if answer.verdict is Verdict.WAIT:
            if caller.dies:
                return []
            wake_ms = answer.until_ms + caller.overslept_ms
            return [(wake_ms, (caller, since_ms, answer.born_ms))]
        assert answer.verdict is Verdict.GO
        caller.sent.append(now_ms - START_MS)
        caller.waited_ms.append(now_ms - since_ms)
        weight = self.limit.charge(caller.weight, caller.priority)
        there_ms = now_ms + caller.way_ms
        back_ms = there_ms + caller.back_ms
        later: list[tuple[int, object]] = [(there_ms, weight)]
        if not caller.dies:
            heard = Heard(
                limits, caller.weight, caller.priority, now_ms, Outcome.ANSWERED
            )
            later.append((back_ms, heard))
        if len(caller.sent) < caller.calls:
            later.append((back_ms, (caller, back_ms, 0)))
        return later

    def _decide(self, notes: list[Note], ask: Ask | None, now_ms: int):
        return decide(self.state, notes, ask, now_ms)

    def fullest(self) -> int:
        """The most that arrived within any window."""
        best = 0
        for begun_ms, _ in self.arrived:
            end_ms = begun_ms + self.limit.window_ms
            inside = (w for at, w in self.arrived if begun_ms <= at < end_ms)
            best = max(best, sum(inside))
        return best
