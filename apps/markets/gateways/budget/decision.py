"""The one decision: may this call go now, or when is it worth asking again?

It reads no clock and draws no lots: time and chance are handed in, so the same words
always get the same answer. Its twin in ``stores/decide.lua`` runs inside Redis and is
held against it by a test.

A window of W never holds more than its limit, wherever it begins, because a call counts
from the moment it is let go until W after its answer: the exchange counted it somewhere
between. Whoever waits leaves a ticket, and who comes later or matters less leaves room
for it. Tickets run out, so nobody who died is waited for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from apps.markets.gateways.budget.limits import PACE_STEPS, Limit
from apps.markets.gateways.budget.state import (
    FLIGHT_MS,
    FLYING,
    OTHERS,
    Breaker,
    Circuit,
    Group,
    State,
    Ticket,
)
from apps.markets.gateways.pacing import Priority

# Nobody sleeps longer than this before looking again: a ban, a pause or an answer that
# came sooner than thought is felt within it.
NAP_MS: Final = 1_000
SHORTEST_MS: Final = 10
# While all that is in the way are calls whose answers are late.
LATE_MS: Final = 100
# A waiter may oversleep this much before its ticket stops holding room.
GRACE_MS: Final = 1_000
# After a 429: doubled with each one in a row. Exits come back after the first step.
BACK_OFF_MS: Final = 500
LONGEST_BACK_OFF_MS: Final = 60_000
# Told to stay away for longer than this, callers are told so instead of waiting.
PATIENCE_MS: Final = 15_000
# A ban of which nobody says how long; doubled with each one in a row.
BAN_MS: Final = 120_000
LONGEST_BAN_MS: Final = 3_600_000
# A store's clock that is set back by no more than this stands still instead.
STEADY_MS: Final = 1_000

_HISTORY_LANES: Final = (Priority.HISTORY, FLYING + Priority.HISTORY)


class Outcome(IntEnum):
    """What an answer says of our pace."""

    ANSWERED = 0
    SLOWED = 1  # 429
    BANNED = 2
    DOUBTED = 3  # a 403 that is a ban only after a 429; else a key's missing right
    FAILED = 4  # 5xx: says nothing
    SILENT = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer to a call let go at ``granted_ms`` (0: it never asked).

    ``remaining`` is what the exchange says is left, -1 when it does not; ``told_ms``
    for how long it wants to be left alone; ``draw`` is from 0 to 1, by chance.
    """

    limits: tuple[Limit, ...]
    weight: int
    priority: Priority
    granted_ms: int
    outcome: Outcome
    remaining: int = -1
    told_ms: int = 0
    draw: float = 0.0


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody does not wait any more."""

    limits: tuple[Limit, ...]
    ticket: str


@dataclass(frozen=True, slots=True)
class Ask:
    """``born_ms`` is the answer's of the first time this was asked, else 0."""

    limits: tuple[Limit, ...]
    ticket: str
    weight: int
    priority: Priority
    born_ms: int = 0


class Verdict(IntEnum):
    GO = 0
    WAIT = 1
    STOP = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """``until_ms`` is when to ask again, in the store's time as ``now_ms`` is."""

    verdict: Verdict
    now_ms: int
    until_ms: int
    born_ms: int = 0


Note = Heard | Left


def decide(state: State, notes: Sequence[Note], ask: Ask | None, now_ms: int) -> Answer:
    """Take the notes in, then answer; ``state`` is changed to what is true after.

    It must hold every group that the notes and the question name.
    """
    now_ms = _steady(state, now_ms)
    state.breaker.forget(now_ms)
    for group in state.groups.values():
        group.forget(now_ms)
    for note in notes:
        if isinstance(note, Left):
            _forget_ticket(state, note.limits, note.ticket)
        else:
            _hear(state, note, now_ms)
    if ask is None:
        return Answer(Verdict.GO, now_ms, now_ms)
    return _answer(state, ask, now_ms)


def _steady(state: State, now_ms: int) -> int:
    seen = (state.breaker.at_ms, *(group.at_ms for group in state.groups.values()))
    return max([now_ms, *(at for at in seen if now_ms < at <= now_ms + STEADY_MS)])


# The question


def _answer(state: State, ask: Ask, now_ms: int) -> Answer:
    closed_until_ms = _circuit_opens_ms(state.breaker, now_ms)
    if closed_until_ms:
        _forget_ticket(state, ask.limits, ask.ticket)
        return Answer(Verdict.STOP, now_ms, closed_until_ms)
    free_ms = max(_free_ms(group, ask, now_ms) for group in state.of(ask.limits))
    if free_ms > now_ms:
        return _queued(state, ask, now_ms, free_ms)
    _forget_ticket(state, ask.limits, ask.ticket)
    for group in state.of(ask.limits):
        weight = group.limit.charge(ask.weight, ask.priority)
        group.note(now_ms, FLYING + ask.priority, weight)
    if state.breaker.state(now_ms) is Circuit.HALF_OPEN:
        state.breaker.probe_ms = now_ms + FLIGHT_MS
    return Answer(Verdict.GO, now_ms, now_ms)


def _circuit_opens_ms(breaker: Breaker, now_ms: int) -> int:
    """Until when nothing goes, 0 when something may."""
    circuit = breaker.state(now_ms)
    if circuit is Circuit.OPEN:
        return breaker.until_ms
    if circuit is Circuit.HALF_OPEN and breaker.probe_ms > now_ms:
        return min(breaker.probe_ms, now_ms + NAP_MS)
    return 0


def _queued(state: State, ask: Ask, now_ms: int, free_ms: int) -> Answer:
    until_ms = max(min(free_ms, now_ms + NAP_MS), now_ms + SHORTEST_MS)
    born_ms = ask.born_ms or now_ms
    for group in state.of(ask.limits):
        weight = group.limit.charge(ask.weight, ask.priority)
        group.tickets[ask.ticket] = Ticket(
            ask.ticket, ask.priority, weight, born_ms, until_ms + GRACE_MS
        )
    return Answer(Verdict.WAIT, now_ms, until_ms, born_ms)


def _free_ms(group: Group, ask: Ask, now_ms: int) -> int:
    """When a limit has room for the call, as far as can be seen now."""
    is_exit = ask.priority is Priority.EXIT
    paused_ms = group.exits_paused_ms if is_exit else group.paused_ms
    if paused_ms > now_ms:
        return paused_ms
    if group.strikes and not is_exit and group.is_flying(now_ms):
        return now_ms + NAP_MS  # one goes to see whether the exchange answers again
    lacking = _lacking(group, ask)
    if lacking > 0:
        return _freed_ms(group, lacking, now_ms)
    if ask.priority is Priority.HISTORY:
        return _paced_ms(group, ask, now_ms)
    return now_ms


def _paced_ms(group: Group, ask: Ask, now_ms: int) -> int:
    """When history goes on, so that it is spread over the window."""
    limit = group.limit
    since = now_ms // limit.step_ms - PACE_STEPS
    recent = sorted(
        (step, weight)
        for (step, lane), weight in group.used.items()
        if step > since and lane in _HISTORY_LANES
    )
    lacking = min(limit.charge(ask.weight, ask.priority), limit.pace) - limit.pace
    lacking += _earlier(group, ask) + sum(weight for _step, weight in recent)
    if lacking <= 0:
        return now_ms
    for step, weight in recent:
        lacking -= weight
        if lacking <= 0:
            return (step + PACE_STEPS) * limit.step_ms
    return now_ms + limit.step_ms * PACE_STEPS


def _lacking(group: Group, ask: Ask) -> int:
    """How much weight must be freed before the call may go."""
    limit, priority = group.limit, ask.priority
    own, others = group.by_priority()
    waiting, earlier = group.waiting(), _earlier(group, ask)
    need = sum(own) + earlier + limit.charge(ask.weight, priority)
    if priority is Priority.EXIT:
        # What others use is a guess: an exit is rather refused than kept back by it.
        return need - limit.calls
    need += others + waiting[Priority.EXIT]
    waiting[priority] = 0
    if own[priority] + earlier < limit.floors[priority]:
        return need - limit.ceilings[Priority.ORDER]
    need += sum(waiting[1:priority])
    for after in range(priority + 1, len(own)):
        due = max(0, limit.floors[after] - own[after])
        need += min(waiting[after], due)
    return need - limit.ceilings[priority]


def _earlier(group: Group, ask: Ask) -> int:
    """The weight of those of the same priority who came before."""
    born_ms = ask.born_ms or group.at_ms
    return sum(
        ticket.weight
        for ticket in group.tickets.values()
        if ticket.priority == ask.priority
        and ticket.id != ask.ticket
        and (ticket.born_ms, ticket.id) < (born_ms, ask.ticket)
    )


def _freed_ms(group: Group, lacking: int, now_ms: int) -> int:
    """When that much weight is no longer counted, if answers come as they should."""
    for freed_ms, weight in sorted(_freeing(group, now_ms)):
        lacking -= weight
        if lacking <= 0:
            return max(freed_ms, now_ms + SHORTEST_MS)
    return now_ms + NAP_MS


def _freeing(group: Group, now_ms: int) -> Iterator[tuple[int, int]]:
    for (step, lane), weight in group.used.items():
        freed_ms = group.freed_ms(step, lane)
        if lane >= FLYING:
            freed_ms = max(freed_ms - FLIGHT_MS, now_ms + LATE_MS)
        yield freed_ms, weight


def _forget_ticket(state: State, limits: tuple[Limit, ...], ticket: str) -> None:
    for group in state.of(limits):
        group.tickets.pop(ticket, None)


# What was heard


def _hear(state: State, heard: Heard, now_ms: int) -> None:
    struck = any(group.strikes for group in state.of(heard.limits))
    is_ban = heard.outcome is Outcome.BANNED or (
        heard.outcome is Outcome.DOUBTED and struck
    )
    for group in state.of(heard.limits):
        weight = group.limit.charge(heard.weight, heard.priority)
        group.land(heard.granted_ms, now_ms, heard.priority, weight)
        if heard.remaining >= 0:
            _hear_remaining(group, heard, now_ms)
        if heard.outcome is Outcome.SLOWED:
            _slow_down(group, heard, now_ms)
        elif heard.outcome is Outcome.ANSWERED and heard.granted_ms >= group.struck_ms:
            group.strikes = 0
    _hear_breaker(state.breaker, heard, is_ban, now_ms)


def _hear_remaining(group: Group, heard: Heard, now_ms: int) -> None:
    own, others = group.by_priority()
    unknown = group.limit.calls - sum(own) - others - heard.remaining
    if unknown > 0:
        group.note(now_ms, OTHERS, unknown)
    if heard.remaining == 0 and heard.outcome is Outcome.ANSWERED:
        until_ms = now_ms + min(heard.told_ms, PATIENCE_MS)
        group.paused_ms = max(group.paused_ms, until_ms)
        group.exits_paused_ms = max(group.exits_paused_ms, until_ms)


def _slow_down(group: Group, heard: Heard, now_ms: int) -> None:
    # Of a burst of calls that were all on their way one refusal counts.
    if heard.granted_ms >= group.struck_ms:
        group.strikes += 1
        group.struck_ms = now_ms
    doubled_ms = BACK_OFF_MS * 2 ** min(max(group.strikes, 1) - 1, 10)
    back_off_ms = int(min(doubled_ms, LONGEST_BACK_OFF_MS) * (0.75 + heard.draw / 2))
    told_ms = min(heard.told_ms, PATIENCE_MS)
    pause_ms, exit_pause_ms = max(told_ms, back_off_ms), max(told_ms, BACK_OFF_MS)
    group.paused_ms = max(group.paused_ms, now_ms + pause_ms)
    group.exits_paused_ms = max(group.exits_paused_ms, now_ms + exit_pause_ms)


def _hear_breaker(breaker: Breaker, heard: Heard, is_ban: bool, now_ms: int) -> None:
    is_long = heard.outcome is Outcome.SLOWED and heard.told_ms > PATIENCE_MS
    if is_ban or is_long:
        if heard.granted_ms >= breaker.since_ms:
            breaker.bans += 1
        doubled_ms = BAN_MS * 2 ** min(max(breaker.bans, 1) - 1, 10)
        guess_ms = int(min(doubled_ms, LONGEST_BAN_MS) * (1 + heard.draw / 4))
        ban_ms = heard.told_ms or guess_ms
        breaker.until_ms = max(breaker.until_ms, now_ms + ban_ms)
        breaker.since_ms, breaker.probe_ms = now_ms, 0
        return
    is_probe = breaker.until_ms and heard.granted_ms >= breaker.until_ms
    if is_probe and heard.outcome is Outcome.SILENT:
        breaker.probe_ms = min(breaker.probe_ms, now_ms + NAP_MS)
    elif is_probe:
        breaker.until_ms = breaker.bans = breaker.probe_ms = breaker.since_ms = 0
