"""The transactional outbox: events written with the change, delivered after it."""

import logging
from datetime import timedelta

from celery import current_app
from django.db import transaction

from apps.common import clock
from apps.common.events.bus import Event, subscribers_of
from apps.common.events.codec import decode, encode, event_type_of
from apps.common.leases import Held, LeaseHeld, held
from apps.common.models import OutboxEvent

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 12
BATCH = 200


def add(event: Event) -> None:
    """Write the event in the caller's transaction; its delivery follows the commit."""
    OutboxEvent.objects.create(event=event.event_name(), payload=encode(event))
    transaction.on_commit(_hint)


def drain() -> int:
    """Deliver what is due, oldest first; returns how many events were delivered.

    One drainer works at a time; another finds the lease taken and leaves.
    """
    delivered = 0
    if not OutboxEvent.objects.due().exists():
        return delivered
    try:
        with held("outbox.drain") as lease:
            while rows := list(OutboxEvent.objects.due()[:BATCH]):
                for row in rows:
                    lease.renew()
                    delivered += _deliver(row, lease)
    except LeaseHeld:
        logger.debug("outbox.drained_elsewhere")
    return delivered


def _deliver(row: OutboxEvent, lease: Held) -> bool:
    try:
        event = decode(row.event, row.payload)
        for name, subscriber in subscribers_of(event_type_of(row.event)).items():
            if name not in row.delivered_to:
                subscriber(event)
                row.delivered_to.append(name)
    except Exception as error:
        logger.exception("outbox.delivery_failed", extra={"outbox_id": row.pk})
        return _postpone(row, error)
    row.delivered_at = clock.now()
    row.save(update_fields=["delivered_to", "delivered_at"])
    return True


def _postpone(row: OutboxEvent, error: Exception) -> bool:
    row.attempts += 1
    row.error = f"{type(error).__name__}: {error}"
    row.is_dead = row.attempts >= MAX_ATTEMPTS
    row.due_at = clock.now() + timedelta(seconds=min(2**row.attempts, 600))
    row.save()
    return False


def _hint() -> None:
    try:
        current_app.send_task("outbox.drain", retry=False)
    except current_app.connection_for_write().recoverable_connection_errors:
        logger.warning("outbox.not_hinted")  # beat drains it within seconds
