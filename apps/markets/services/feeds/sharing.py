"""Several feed processes, each instrument with one of them: leases that run out.

A process renews all its leases with one statement, so a turn costs the same for one
instrument and for a hundred. Who hangs or dies renews nothing, and its instruments are
taken over when ``LEASE_S`` has passed.
"""

import logging
import math
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db.models import Q

from apps.common import clock
from apps.common.identity import process_name, version
from apps.common.leases import Held, LeaseHeld, acquire
from apps.common.models import Lease
from apps.markets.models import FeedProcess

logger = logging.getLogger(__name__)

LEASE_S: Final = 5.0
TURN_S: Final = 1.25
_PREFIX: Final = "feed:instrument:"


class Share:
    """This process's part of the instruments. Uses the database; one thread."""

    def __init__(self) -> None:
        self.held: dict[int, Held] = {}

    def turn(self, wanted: Collection[int]) -> dict[int, Held]:
        """Renew, let go of what is too much, take what is free; what is held now."""
        self._appear()
        self._renew()
        fair = math.ceil(len(wanted) / max(self._alive(), 1))
        for instrument_id in [one for one in self.held if one not in wanted]:
            self._let_go(instrument_id)
        for instrument_id in list(self.held)[fair:]:
            self._let_go(instrument_id)
        self._take(wanted, fair - len(self.held))
        return dict(self.held)

    def leave(self) -> None:
        """Give everything back, as one who ends as asked."""
        for instrument_id in list(self.held):
            self._let_go(instrument_id)
        FeedProcess.objects.filter(name=process_name()).delete()

    def _appear(self) -> None:
        now = clock.now()
        rows = FeedProcess.objects.filter(name=process_name())
        if not rows.update(seen_at=now):
            FeedProcess.objects.create(name=process_name(), version=version())
        # Whoever was killed left its row behind; its channels' rows stay.
        long_gone = now - timedelta(minutes=5)
        FeedProcess.objects.filter(seen_at__lt=long_gone).delete()

    def _renew(self) -> None:
        if not self.held:
            return
        names = [held.name for held in self.held.values()]
        mine = Lease.objects.filter(name__in=names, holder=process_name())
        until = clock.now() + timedelta(seconds=LEASE_S)
        if mine.update(until=until) == len(names):
            return
        kept = set(mine.values_list("name", "token"))
        for instrument_id, held in list(self.held.items()):
            if (held.name, held.token) not in kept:
                logger.warning("feed.lease_lost", extra={"lease": held.name})
                del self.held[instrument_id]

    def _alive(self) -> int:
        since = clock.now() - timedelta(seconds=LEASE_S)
        return FeedProcess.objects.filter(seen_at__gte=since).count()

    def _take(self, wanted: Collection[int], room: int) -> None:
        if room <= 0:
            return
        missing = [one for one in sorted(wanted) if one not in self.held]
        names = {_PREFIX + str(one): one for one in missing}
        busy = Q(until__isnull=False) & Q(until__gte=clock.now())
        taken = set(
            Lease.objects.filter(busy, name__in=names).values_list("name", flat=True)
        )
        free = [(name, one) for name, one in names.items() if name not in taken]
        for name, instrument_id in free[:room]:
            try:
                self.held[instrument_id] = acquire(name, ttl_s=LEASE_S)
            except LeaseHeld:
                continue  # somebody was faster; the next turn looks again

    def _let_go(self, instrument_id: int) -> None:
        self.held.pop(instrument_id).release()
