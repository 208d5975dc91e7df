"""How much of an exchange's budget is used just now, for the page that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.common.clock import now_ms
from apps.markets.gateways.budget.state import Circuit, Group
from apps.markets.gateways.budget.stores.store import View
from apps.markets.gateways.pacing import Priority


@dataclass(frozen=True, slots=True)
class GroupUse:
    """One limit: ``used`` of ``limit`` weights in the last ``window_ms``.

    ``used_by`` and ``waiting`` are weights by priority; of each process one call at a
    time shows as waiting. ``others`` is what the exchange counts that is not ours, and
    part of ``used``. ``paused_until_ms`` is our clock, after a 429.
    """

    name: str
    used: int
    limit: int
    window_ms: int
    others: int
    used_by: Mapping[Priority, int]
    waiting: Mapping[Priority, int]
    paused_until_ms: int | None

    @property
    def used_ratio(self) -> float:
        return self.used / self.limit


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """``kept_in`` is redis, file or memory: who shares it. ``until_ms`` is our clock,
    until when the exchange keeps us out; None while the circuit is closed."""

    kept_in: str
    circuit: Circuit
    until_ms: int | None
    bans: int
    groups: tuple[GroupUse, ...]


def use_of(view: View) -> BudgetUse:
    ours_ms = now_ms() - view.now_ms
    circuit = view.breaker.state(view.now_ms)
    return BudgetUse(
        kept_in=view.kept_in,
        circuit=circuit,
        until_ms=view.breaker.until_ms + ours_ms if circuit else None,
        bans=view.breaker.bans,
        groups=tuple(
            _group_use(group, view.now_ms, ours_ms)
            for group in sorted(view.groups, key=lambda group: group.limit.name)
        ),
    )


def _group_use(group: Group, at_ms: int, ours_ms: int) -> GroupUse:
    own, others = group.by_priority()
    waiting = group.waiting()
    is_paused = group.paused_ms > at_ms
    return GroupUse(
        name=group.limit.name,
        used=sum(own) + others,
        limit=group.limit.calls,
        window_ms=group.limit.window_ms,
        others=others,
        used_by={priority: own[priority] for priority in Priority},
        waiting={priority: waiting[priority] for priority in Priority},
        paused_until_ms=group.paused_ms + ours_ms if is_paused else None,
    )
