"""A rule tried out on the figures at hand, before it is saved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.markets.models import WatchList
from apps.markets.services.watch_lists.judging import by_hand, member_ids
from apps.markets.services.watch_lists.knowing import facts_of, read_snapshot
from apps.markets.services.watch_lists.wanting import Wanted, check, rule_of
from apps.markets.watching import judging
from apps.markets.watching.judging import Verdict
from apps.markets.watching.rule import Rule


@dataclass(frozen=True, slots=True)
class Preview:
    """``taken_at`` is the age of the figures; None where none were needed or there.

    ``is_blind``: a rule, and no figures to try it on.
    """

    verdicts: list[Verdict]
    taken_at: datetime | None
    is_blind: bool = False
    added: int = 0
    removed: int = 0

    @property
    def members(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.is_in]

    @property
    def others(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.is_in]


def preview(
    wanted: Wanted, *, owner: Any = None, watch_list: WatchList | None = None
) -> Preview:
    """What the list would be; ``watch_list`` is the one that is being changed.

    Asks no exchange: judges by the figures of the last refresh. Raises InvalidFields.
    """
    picks = check(wanted, owner=owner, pk=watch_list.pk if watch_list else None)
    members = member_ids(watch_list) if watch_list else set()
    taken_at = None
    if wanted.is_by_rule:
        rule = rule_of(wanted, picks)
        snapshot = read_snapshot(wanted.exchange, rule.kind)
        if snapshot is None:
            return Preview([], None, is_blind=True)
        taken_at = snapshot.taken_at
        extra = {*picks, *members}
        facts = facts_of(wanted.exchange, rule, snapshot.quotes, extra=extra)
        verdicts = judging.judge(facts, rule, members)
    else:
        facts = facts_of(wanted.exchange, Rule(), {}, extra={*picks, *members})
        verdicts = by_hand(facts, picks, members)
    now_in = {verdict.facts.key for verdict in verdicts if verdict.is_in}
    added, removed = len(now_in - members), len(members - now_in)
    return Preview(verdicts, taken_at, added=added, removed=removed)
