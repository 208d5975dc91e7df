"""Which exchanges' instruments are due, and are put in line."""

from datetime import datetime, timedelta
from typing import Final

from apps.common import clock, knobs
from apps.common.models import Job
from apps.markets.job_kinds import SYNC_INSTRUMENTS
from apps.markets.knobs import SYNC_EVERY_S
from apps.markets.models import Exchange
from apps.markets.models.exchanges import DOWN
from apps.markets.services.exchanges import enqueue_sync

# One that failed is tried again after this part of the time.
_AGAIN: Final = 4


def enqueue_due_syncs() -> list[Job]:
    """A job for each enabled exchange whose list is old, and that can be asked now."""
    now = clock.now()
    every = timedelta(seconds=knobs.value(SYNC_EVERY_S))
    due = [row for row in Exchange.objects.enabled() if _is_due(row, now, every)]
    return [enqueue_sync(exchange) for exchange in due]


def _is_due(exchange: Exchange, now: datetime, every: timedelta) -> bool:
    if exchange.state in DOWN or exchange.is_limited(now):
        return False
    synced_at = exchange.instruments_synced_at
    if synced_at and now - synced_at < every:
        return False
    recent = Job.objects.filter(
        kind=SYNC_INSTRUMENTS,
        payload__exchange_id=exchange.pk,
        created_at__gt=now - every / _AGAIN,
    )
    return not recent.exists()
