"""The exchange's list beside our rows: what is new, changed, renamed, or gone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from apps.markets.gateways.types import Batch, MarketRules, Refusal
from apps.markets.models import Exchange, Instrument, InstrumentStatus
from apps.markets.services.instruments.facts import Facts, Unusable, differing, facts_of

# So many may leave a list in an hour; when more do, the answer is doubted once.
FEW: Final = 20
SHARE: Final = 0.2


@dataclass(slots=True)
class Update:
    """A row and what to change of it."""

    row: Instrument
    facts: Facts
    fields: list[str]


@dataclass(slots=True)
class Comparison:
    new: list[Facts] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    told: list[int] = field(default_factory=list)  # rows that the list has
    refused: list[Refusal] = field(default_factory=list)  # by us, over the gateway's
    kept_names: list[Refusal] = field(default_factory=list)  # renames not possible
    withheld: int = 0  # absent, and not believed to be gone yet


def compared(
    exchange: Exchange,
    rows: Iterable[Instrument],
    listed: Batch[MarketRules],
    now: datetime,
) -> Comparison:
    """Match by the exchange's own id first: that is what stays when a name changes."""
    found = Comparison()
    rows = list(rows)
    by_id = {(row.kind, row.exchange_symbol): row for row in rows}
    by_symbol = {row.symbol: row for row in rows}
    matched: dict[int, Facts] = {}
    unmatched: list[Facts] = []
    for facts in _usable(listed, found):
        row = by_id.get((facts["kind"], facts["exchange_symbol"]))
        if row is not None:
            matched[row.pk] = facts
        else:
            unmatched.append(facts)
    for facts in unmatched:
        row = by_symbol.get(facts["symbol"])
        # A row whose own id is on the list is another instrument that is renamed.
        if row is not None and row.pk not in matched:
            matched[row.pk] = facts
        else:
            found.new.append(facts)
    _keep_taken_names(rows, matched, found)
    for row in rows:
        if row.pk in matched:
            found.told.append(row.pk)
            _change(row, _dated(row, matched[row.pk], now), found)
    absent = [row for row in rows if row.pk not in matched]
    refused = listed.refusals.total + len(found.refused)
    _mark_absent(exchange, rows, absent, refused, now, found)
    return found


def _change(row: Instrument, facts: Facts, found: Comparison) -> None:
    fields = differing(row, facts)
    if fields:
        found.updates.append(Update(row, facts, fields))


def _dated(row: Instrument, facts: Facts, now: datetime) -> Facts:
    """Times that the exchange does not tell are ours."""
    dates = {"listed_at": facts["listed_at"] or row.listed_at}
    if facts["status"] == InstrumentStatus.DELISTED and not facts["delisted_at"]:
        dates["delisted_at"] = row.delisted_at or now
    return {**facts, **dates}


def _usable(listed: Batch[MarketRules], found: Comparison) -> list[Facts]:
    """The lines that can be taken, each symbol and each id once."""
    usable: list[Facts] = []
    seen: set[tuple[str, ...]] = set()
    for rules in listed:
        try:
            facts = facts_of(rules)
            names = {
                ("symbol", facts["symbol"]),
                ("id", facts["kind"], facts["exchange_symbol"]),
            }
            if names & seen:
                raise Unusable("symbol", _("listed twice"), facts["symbol"])
        except Unusable as error:
            found.refused.append(error.refusal)
            continue
        seen |= names
        usable.append(facts)
    return usable


def _keep_taken_names(
    rows: list[Instrument], matched: dict[int, Facts], found: Comparison
) -> None:
    """A name that one of ours keeps is not given twice.

    An absent row keeps its own; so does one whose new name is kept by another, and
    then whoever was to have that one.
    """
    names = {row.pk: row.symbol for row in rows}
    kept = {row.symbol for row in rows if row.pk not in matched}
    while stuck := [
        pk
        for pk, facts in matched.items()
        if facts["symbol"] != names[pk] and facts["symbol"] in kept
    ]:
        for pk in stuck:
            found.kept_names.append(_taken(matched[pk]))
            matched[pk] = {**matched[pk], "symbol": names[pk]}
            kept.add(names[pk])
    found.refused += [_taken(facts) for facts in found.new if facts["symbol"] in kept]
    found.new = [facts for facts in found.new if facts["symbol"] not in kept]


def _taken(facts: Facts) -> Refusal:
    return Refusal("symbol", _("another instrument has it"), facts["symbol"])


def _mark_absent(
    exchange: Exchange,
    rows: list[Instrument],
    absent: list[Instrument],
    refused: int,
    now: datetime,
    found: Comparison,
) -> None:
    """Delisted, unless the answer may have left them out by mistake.

    A row that the gateway refused has no name: when more were refused than last time,
    those that are missing may be among them, and are halted until it is certain. A
    large part that vanishes at once is left alone until it is missing twice.
    """
    # What no list ever had was imported from files: nothing is known against it.
    absent = [row for row in absent if row.synced_at is not None]
    last = exchange.instruments_synced_at
    fresh = {
        row.pk for row in absent if last and row.synced_at and row.synced_at >= last
    }
    doubted = refused > exchange.refused_count
    for kind in {row.kind for row in absent}:
        of_kind = [row for row in absent if row.kind == kind]
        new = sum(row.pk in fresh for row in of_kind)
        is_mass = new > max(FEW, SHARE * sum(row.kind == kind for row in rows))
        for row in of_kind:
            if row.pk in fresh and is_mass:
                found.withheld += 1
            elif row.pk in fresh and doubted:
                _mark(row, InstrumentStatus.HALTED, None, found)
            elif row.pk in fresh or not refused or row.is_active:
                _mark(row, InstrumentStatus.DELISTED, now, found)


def _mark(
    row: Instrument,
    status: InstrumentStatus,
    delisted_at: datetime | None,
    found: Comparison,
) -> None:
    if row.status == InstrumentStatus.DELISTED:
        return
    facts = {"status": str(status), "delisted_at": row.delisted_at or delisted_at}
    _change(row, facts, found)
