"""Writing a comparison down: in batches, each a transaction with history and news."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils.translation import gettext_noop

from apps.common.events import Event, outbox
from apps.common.events.codec import encode
from apps.common.leases import Held
from apps.common.models import OutboxEvent
from apps.markets import events
from apps.markets.models import (
    Exchange,
    Instrument,
    InstrumentChange,
    InstrumentStatus,
)
from apps.markets.services.instruments.comparing import Comparison, Update
from apps.markets.services.instruments.facts import FIELDS, TOLD, Facts, text_of

Row = TypeVar("Row")
Report = Callable[[int, int, str], None]

BATCH: Final = 500
STAGE: Final = gettext_noop("Writing instruments")


class Storing:
    """One comparison on its way into the database, under the exchange's lease."""

    def __init__(
        self, exchange: Exchange, lease: Held, now: datetime, report: Report
    ) -> None:
        self._exchange = exchange
        self._lease = lease
        self._now = now
        self._report = report
        # A beginning is not news: 3,000 events would say what the list says.
        self._is_first = exchange.instruments_synced_at is None
        self.counts: dict[str, int] = {}

    def store(self, found: Comparison) -> None:
        """Raises LeaseLost when somebody else may be at it; what is stored stays."""
        done, total = 0, len(found.updates) + len(found.new)
        # A name is free for its next holder when its last one has let go of it.
        renamed = [update for update in found.updates if "symbol" in update.fields]
        others = [update for update in found.updates if "symbol" not in update.fields]
        for updates in filter(None, [renamed, *_batches(others)]):
            self._write(self._update, updates)
            done += len(updates)
            self._report(done, total, STAGE)
        for facts in _batches(found.new):
            self._write(self._create, facts)
            done += len(facts)
            self._report(done, total, STAGE)

    def _write(
        self, write: Callable[[Sequence[Row]], None], batch: Sequence[Row]
    ) -> None:
        self._lease.renew()
        with transaction.atomic():
            self._lease.check()
            write(batch)

    def _create(self, batch: Sequence[Facts]) -> None:
        rows = [self._row(facts) for facts in batch]
        Instrument.objects.bulk_create(rows)
        self._count("listed", len(rows))
        if not self._is_first:
            listed = [row for row in rows if row.is_active]
            tell([events.InstrumentListed(*self._names(row)) for row in listed])

    def _row(self, facts: Facts) -> Instrument:
        row = Instrument(exchange=self._exchange, synced_at=self._now, **facts)
        if not self._is_first and row.listed_at is None:
            row.listed_at = self._now
        return row

    def _update(self, batch: Sequence[Update]) -> None:
        changes: list[InstrumentChange] = []
        news: list[Event] = []
        self._park(batch)
        for update in batch:
            row = update.row
            told = [name for name in update.fields if name in TOLD]
            was = row.status
            changes += self._history(update, told)
            for name in update.fields:
                setattr(row, name, update.facts[name])
            news += self._news(row, was, told)
        Instrument.objects.bulk_create(
            [update.row for update in batch],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=list(FIELDS),
        )
        InstrumentChange.objects.bulk_create(changes)
        tell(news)

    def _park(self, batch: Sequence[Update]) -> None:
        """Free the old names first: two instruments may have swapped theirs."""
        for update in batch:
            if "symbol" in update.fields:
                Instrument.objects.filter(pk=update.row.pk).update(
                    symbol=f"~{update.row.pk}"
                )

    def _history(self, update: Update, told: list[str]) -> list[InstrumentChange]:
        row = update.row
        if row.synced_at is None:
            return []  # made by an import, and told of for the first time
        return [
            InstrumentChange(
                instrument=row,
                changed_at=self._now,
                field=name,
                old=text_of(getattr(row, name)),
                new=text_of(update.facts[name]),
            )
            for name in told
        ]

    def _news(self, row: Instrument, was: str, told: list[str]) -> list[Event]:
        if row.synced_at is None:
            return []
        news: list[Event] = []
        fields = [name for name in told if name != "status"]
        if fields:
            self._count("renamed" if "symbol" in fields else "changed")
            news.append(
                events.InstrumentChanged(*self._names(row), fields=",".join(fields))
            )
        if row.status != was:
            word, event = _turn(was, row.status)
            self._count(word)
            news.append(event(*self._names(row)))
        return news

    def _names(self, row: Instrument) -> tuple[Any, str, str]:
        return row.pk, self._exchange.code, row.symbol

    def _count(self, word: str, by: int = 1) -> None:
        self.counts[word] = self.counts.get(word, 0) + by


def tell(news: Sequence[Event]) -> None:
    """All events into the outbox at once; the last one hints at their delivery."""
    if not news:
        return
    *most, last = news
    OutboxEvent.objects.bulk_create(
        [OutboxEvent(event=one.event_name(), payload=encode(one)) for one in most]
    )
    outbox.add(last)


def _turn(was: str, status: str) -> tuple[str, type[events.InstrumentEvent]]:
    if status == InstrumentStatus.DELISTED:
        return "delisted", events.InstrumentDelisted
    if status == InstrumentStatus.HALTED:
        return "halted", events.InstrumentHalted
    if was == InstrumentStatus.DELISTED:
        return "listed", events.InstrumentListed
    return "resumed", events.InstrumentResumed


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
