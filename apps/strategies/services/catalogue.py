"""The database's list of strategies, kept equal to what the registry finds."""

from typing import Any

from django.conf import settings
from django.db import transaction

from apps.common import clock
from apps.strategies.models import Strategy, StrategyVersion
from apps.strategies.registry import Entry, discover


def sync_strategies() -> list[Strategy]:
    """Read the registry, write what changed; a vanished one is marked, not deleted."""
    entries = discover(settings.STRATEGY_FOLDERS)
    known = {strategy.name: strategy for strategy in Strategy.objects.all()}
    rows: dict[str, Strategy] = {}
    for entry in entries:
        rows.setdefault(entry.name, _sync(entry, known.get(entry.name)))
    Strategy.objects.exclude(name__in=rows).filter(is_present=True).update(
        is_present=False
    )
    return list(rows.values())


@transaction.atomic
def version_of(entry: Entry) -> StrategyVersion:
    """The row that keeps this source text; made when it is new."""
    version, _ = StrategyVersion.objects.get_or_create(
        strategy=_sync(entry, Strategy.objects.filter(name=entry.name).first()),
        source_hash=entry.source_hash,
        defaults={"source": entry.file.read_text(encoding="utf-8")},
    )
    return version


def _sync(entry: Entry, row: Strategy | None) -> Strategy:
    facts = _facts(entry)
    row = row or Strategy(name=entry.name)
    if row.pk and all(getattr(row, name) == value for name, value in facts.items()):
        return row
    for name, value in facts.items():
        setattr(row, name, value)
    row.synced_at = clock.now()
    row.save()
    return row


def _title(entry: Entry) -> str:
    own = entry.strategy.title if entry.strategy else ""
    return own or entry.name.replace("_", " ").capitalize()


def _facts(entry: Entry) -> dict[str, Any]:
    error = entry.error
    return {
        "title": _title(entry),
        "description": entry.description,
        "source": entry.source.value,
        "file": str(entry.file),
        "source_hash": entry.source_hash,
        "parameters": entry.parameters,
        "is_present": True,
        "error": error
        and {
            "kind": error.kind,
            "message": error.message,
            "file": error.file,
            "line": error.line,
        },
    }
