"""One synchronisation: ask, compare, store; never two of one exchange at a time."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.common import clock
from apps.common.errors import Conflict
from apps.common.leases import Held, LeaseHeld, acquire
from apps.markets.gateways.errors import MalformedAnswer
from apps.markets.gateways.types import Batch, MarketRules
from apps.markets.models import Exchange, Instrument
from apps.markets.services import connecting, exchange_notes
from apps.markets.services.instruments.comparing import Comparison, compared
from apps.markets.services.instruments.storing import Report, Storing

logger = logging.getLogger(__name__)

ASKING: Final = gettext_noop("Asking the exchange")
# Longer than the calls of one list take; a killed holder keeps others out so long.
LEASE_S: Final = 60.0
_EXAMPLES: Final = 5
_SLICE: Final = 5_000


class SyncRunning(Conflict):
    """The instruments of an exchange have one writer at a time, and it is not us."""

    code = "sync-running"


@dataclass(frozen=True, slots=True)
class Synced:
    """What happened. ``withheld``: missing from the list, and not believed yet."""

    total: int = 0
    listed: int = 0
    changed: int = 0
    renamed: int = 0
    halted: int = 0
    resumed: int = 0
    delisted: int = 0
    withheld: int = 0
    refused: int = 0
    kept_names: int = 0
    rules: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)


def sync_instruments(
    exchange: Exchange, *, report: Report = lambda done, total, stage: None
) -> Synced:
    """Ask the exchange for its list and make our rows say the same.

    Raises SyncRunning while another does it, GatewayError or BadVenue when the list
    cannot be had (nothing is changed then), LeaseLost when it took too long.
    """
    with _alone(exchange) as lease:
        report(0, 0, ASKING)
        return _take_over(exchange, _listed(exchange), lease, report)


def take_over(exchange: Exchange, listed: Batch[MarketRules]) -> Synced:
    """Make our rows say what a list says that is here already. Raises SyncRunning."""
    with _alone(exchange) as lease:
        return _take_over(exchange, listed, lease, lambda done, total, stage: None)


def _listed(exchange: Exchange) -> Batch[MarketRules]:
    async def ask() -> Batch[MarketRules]:
        async with connecting.connect(exchange, is_lasting=True) as gateway:
            return await gateway.load_markets(reload=True)

    listed = connecting.run(ask)
    if not listed.rows:
        error = MalformedAnswer(
            _("%(exchange)s listed no instruments.") % {"exchange": exchange.name},
            exchange=exchange.code,
        )
        exchange_notes.note_failure(exchange.pk, error)
        raise error
    return listed


def _take_over(
    exchange: Exchange, listed: Batch[MarketRules], lease: Held, report: Report
) -> Synced:
    now = clock.now()
    # Again, because another one may have ended while we waited for the list.
    exchange.refresh_from_db()
    rows = list(Instrument.objects.filter(exchange=exchange).order_by("id"))
    found = compared(exchange, rows, listed, now)
    storing = Storing(exchange, lease, now, report)
    storing.store(found)
    done = _summed_up(listed, found, storing.counts)
    with transaction.atomic():
        lease.check()
        _sign(exchange, found, done, now)
    logger.info("instruments.synced", extra={"exchange": exchange.code, **_facts(done)})
    return done


def _sign(exchange: Exchange, found: Comparison, done: Synced, now: datetime) -> None:
    """Say which rows were told of, and when."""
    for start in range(0, len(found.told), _SLICE):
        told = found.told[start : start + _SLICE]
        Instrument.objects.filter(pk__in=told).update(synced_at=now)
    exchange.instruments_synced_at = now
    exchange.refused_count = done.refused
    exchange.last_sync = asdict(done)
    exchange.save(update_fields=["instruments_synced_at", "refused_count", "last_sync"])


def _summed_up(
    listed: Batch[MarketRules], found: Comparison, counts: dict[str, int]
) -> Synced:
    ours = [*found.refused, *found.kept_names]
    rules = Counter(dict(listed.refusals.counts))
    rules.update(refusal.rule for refusal in ours)
    examples = [*listed.refusals.examples, *ours][:_EXAMPLES]
    return Synced(
        total=len(found.told) + len(found.new),
        withheld=found.withheld,
        refused=listed.refusals.total + len(found.refused),
        kept_names=len(found.kept_names),
        rules=dict(rules),
        examples=[asdict(refusal) for refusal in examples],
        **counts,
    )


def _facts(done: Synced) -> dict[str, Any]:
    return {
        f"{name}_count": value
        for name, value in asdict(done).items()
        if isinstance(value, int)
    }


@contextmanager
def _alone(exchange: Exchange) -> Iterator[Held]:
    """The exchange's lease for a block. Raises SyncRunning while another holds it."""
    try:
        lease = acquire(f"markets:instruments:{exchange.code}", ttl_s=LEASE_S)
    except LeaseHeld as error:
        message = _(
            "The instruments of %(exchange)s are being synchronised already: %(who)s"
        )
        facts = {"exchange": exchange.name, "who": error}
        raise SyncRunning(message % facts) from None
    try:
        yield lease
    finally:
        lease.release()
