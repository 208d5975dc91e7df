"""Verdicts on a stored list, and writing them down."""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from apps.common import clock, knobs
from apps.common.events import outbox
from apps.common.leases import Held
from apps.markets.events import WatchListChanged
from apps.markets.knobs import WATCH_LIST_REFRESH_S
from apps.markets.models import PickRole, WatchList, WatchListEntry
from apps.markets.services.watch_lists.knowing import Quotes, facts_of
from apps.markets.services.watch_lists.wanting import Picks, rule_of
from apps.markets.watching import judging
from apps.markets.watching.facts import Facts
from apps.markets.watching.judging import Verdict
from apps.markets.watching.rule import Rule

logger = logging.getLogger(__name__)

# A failed refresh is tried again this soon, unless the list's own time is sooner.
AGAIN_S: Final = 60.0
ERROR_LENGTH: Final = 500
FIGURES: Final = (
    "volume",
    "spread_bps",
    "age_days",
    "volatility_pct",
    "change_pct",
)
_WRITTEN: Final = (
    "is_in",
    "rank",
    *FIGURES,
    "reason",
    "reasons",
    "since_at",
    "refreshed_at",
)


def verdicts_of(watch_list: WatchList, quotes: Quotes) -> list[Verdict]:
    """The list's instruments judged by these figures, as its rule is now."""
    picks = picks_of(watch_list)
    rule = rule_of(watch_list, picks)
    members = member_ids(watch_list)
    facts = facts_of(watch_list.exchange, rule, quotes, extra={*picks, *members})
    if not watch_list.is_by_rule:
        return by_hand(facts, picks, members)
    return judging.judge(facts, rule, members)


def judge_by_hand(watch_list: WatchList) -> list[Verdict]:
    """Without figures: they decide nothing here."""
    picks, members = picks_of(watch_list), member_ids(watch_list)
    facts = facts_of(watch_list.exchange, Rule(), {}, extra={*picks, *members})
    return by_hand(facts, picks, members)


def by_hand(
    facts: Iterable[Facts], picks: Picks, members: Collection[int]
) -> list[Verdict]:
    """Only what was chosen, and what was a member, is worth a row."""
    chosen = {key for key, role in picks.items() if role == PickRole.MEMBER}
    considered = [one for one in facts if one.key in chosen or one.key in members]
    return judging.choose(considered, chosen)


def apply(
    watch_list: WatchList,
    verdicts: list[Verdict],
    *,
    lease: Held | None = None,
) -> bool:
    """Write the verdicts, and the event if members came or went, in one transaction.

    False, and nothing written, when the list was changed since it was read. Raises
    LeaseLost.
    """
    now = clock.now()
    with transaction.atomic():
        if lease is not None:
            lease.check()
        same = WatchList.objects.select_for_update().filter(
            pk=watch_list.pk, version=watch_list.version
        )
        if not same.exists():
            return False
        _write(watch_list, verdicts, now)
        same.update(
            tried_at=now,
            refreshed_at=now,
            refresh_error="",
            due_at=next_due(watch_list, now),
        )
    return True


def note_failure(lists: list[WatchList], text: str, not_before: datetime) -> None:
    """Say on the lists why they are old, and when it is tried again."""
    now = clock.now()
    for watch_list in lists:
        wait_s = min(AGAIN_S, interval_s(watch_list))
        due_at = max(now + timedelta(seconds=wait_s), not_before)
        WatchList.objects.filter(pk=watch_list.pk).update(
            tried_at=now,
            refresh_error=text[:ERROR_LENGTH],
            due_at=due_at if watch_list.is_by_rule else None,
        )
    ids = [watch_list.pk for watch_list in lists]
    logger.warning("watch_list.not_refreshed", extra={"list_ids": ids, "error": text})


def next_due(watch_list: WatchList, now: datetime) -> datetime | None:
    if not watch_list.is_by_rule:
        return None
    return now + timedelta(seconds=interval_s(watch_list))


def interval_s(watch_list: WatchList) -> float:
    return float(watch_list.refresh_every_s or knobs.value(WATCH_LIST_REFRESH_S))


def picks_of(watch_list: WatchList) -> Picks:
    rows = watch_list.picks.values_list("instrument_id", "role")
    return {key: PickRole(role) for key, role in rows}


def kinds_of(watch_list: WatchList) -> set[str]:
    """The kinds of instruments whose figures the list shows."""
    if watch_list.is_by_rule:
        return {watch_list.kind}
    return set(watch_list.picks.values_list("instrument__kind", flat=True))


def member_ids(watch_list: WatchList) -> set[int]:
    members = watch_list.entries.filter(is_in=True)
    return set(members.values_list("instrument_id", flat=True))


def _write(watch_list: WatchList, verdicts: list[Verdict], now: datetime) -> None:
    entries = WatchListEntry.objects.filter(watch_list=watch_list)
    before = {
        key: (is_in, since_at)
        for key, is_in, since_at in entries.values_list(
            "instrument_id", "is_in", "since_at"
        )
    }
    rows = [_entry(watch_list, verdict, before, now) for verdict in verdicts]
    WatchListEntry.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["watch_list", "instrument"],
        update_fields=_WRITTEN,
    )
    gone = before.keys() - {row.instrument_id for row in rows}
    entries.filter(instrument_id__in=gone).delete()
    was = {key for key, (is_in, _since) in before.items() if is_in}
    _announce(watch_list, was, {row.instrument_id for row in rows if row.is_in})


def _entry(
    watch_list: WatchList, verdict: Verdict, before: dict[int, Any], now: datetime
) -> WatchListEntry:
    facts = verdict.facts
    was_in, since_at = before.get(facts.key, (None, now))
    return WatchListEntry(
        watch_list=watch_list,
        instrument_id=facts.key,
        is_in=verdict.is_in,
        rank=verdict.rank,
        **{name: getattr(facts, name) for name in FIGURES},
        reason=verdict.reasons[0].code,
        reasons=[[reason.code, dict(reason.values)] for reason in verdict.reasons],
        since_at=since_at if was_in == verdict.is_in else now,
        refreshed_at=now,
    )


def _announce(watch_list: WatchList, before: set[int], after: set[int]) -> None:
    added, removed = sorted(after - before), sorted(before - after)
    if not added and not removed:
        return
    outbox.add(
        WatchListChanged(
            list_id=watch_list.pk,
            added=",".join(map(str, added)),
            removed=",".join(map(str, removed)),
        )
    )
    fields = {"list_id": watch_list.pk, "added": len(added), "removed": len(removed)}
    logger.info("watch_list.changed", extra=fields)
