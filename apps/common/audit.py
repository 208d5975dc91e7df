"""The audit writer: insert-only entries, each hashed over the one before."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import structlog
from django.db import models, transaction

from apps.common import clock
from apps.common.models import AuditEntry, AuditHead

SEALED = (
    "sequence",
    "at",
    "actor_id",
    "actor_name",
    "action",
    "object_type",
    "object_id",
    "object_name",
    "changes",
    "request_id",
    "previous_hash",
)


def record(
    action: str,
    *,
    actor: Any = None,
    about: models.Model | None = None,
    changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry in the caller's transaction: it stands or falls with the act.

    ``changes`` is JSON and must hold no secret.
    """
    with transaction.atomic():
        # The head's lock is what makes two writers take turns.
        AuditHead.objects.get_or_create(pk=1)
        head = AuditHead.objects.select_for_update().get(pk=1)
        entry = AuditEntry(
            sequence=head.sequence + 1,
            at=clock.now(),
            actor=actor if getattr(actor, "pk", None) else None,
            actor_name=actor.get_username() if actor else "system",
            action=action,
            object_type=about._meta.label_lower if about else "",
            object_id=str(about.pk) if about else "",
            object_name=str(about)[:200] if about else "",
            changes=changes or {},
            request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
            previous_hash=head.hash,
        )
        entry.hash = seal(entry)
        entry.save()
        head.sequence, head.hash = entry.sequence, entry.hash
        head.save()
    return entry


def seal(entry: AuditEntry) -> str:
    """SHA-256 over the entry's content and the seal before it, as hex."""
    content = {name: getattr(entry, name) for name in SEALED}
    content["at"] = entry.at.isoformat()
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken() -> AuditEntry | None:
    """The first entry whose seal, place or predecessor is wrong; None when all fit."""
    previous = ""
    entries: Iterator[AuditEntry] = AuditEntry.objects.order_by("sequence").iterator()
    for sequence, entry in enumerate(entries, start=1):
        fits = entry.sequence == sequence and entry.previous_hash == previous
        if not fits or entry.hash != seal(entry):
            return entry
        previous = entry.hash
    return None
