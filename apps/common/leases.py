"""Being the only one: a named right that runs out by itself when its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import Conflict
from apps.common.identity import process_name
from apps.common.models import Lease

DEFAULT_TTL_S = 15.0


class LeaseHeld(Conflict):
    """Another process has it."""

    code = "lease-held"


class LeaseLost(Conflict):
    """It ran out and somebody else may have it: stop, write nothing more."""

    code = "lease-lost"


@dataclass(frozen=True, slots=True)
class Held:
    """A lease in hand. ``token`` fences: a later holder's is always higher."""

    name: str
    token: int
    ttl_s: float

    def renew(self) -> None:
        """Hold it for another ``ttl_s``. Raises LeaseLost."""
        if not self._mine().update(until=_until(self.ttl_s)):
            raise self._lost()

    def release(self) -> None:
        self._mine().update(until=None, holder="")

    def check(self) -> None:
        """Inside a transaction: lock the lease, or raise LeaseLost."""
        if not self._mine().select_for_update().exists():
            raise self._lost()

    def _lost(self) -> LeaseLost:
        return LeaseLost(_("The lease %(name)s was lost.") % {"name": self.name})

    def _mine(self) -> QuerySet[Lease]:
        return Lease.objects.filter(name=self.name, token=self.token)


def acquire(name: str, *, ttl_s: float = DEFAULT_TTL_S) -> Held:
    """Take the lease. Raises LeaseHeld while another holder's time runs."""
    Lease.objects.get_or_create(name=name)
    free = Q(until__isnull=True) | Q(until__lt=clock.now())
    with transaction.atomic():
        taken = Lease.objects.filter(free, name=name).update(
            holder=process_name(), until=_until(ttl_s), token=F("token") + 1
        )
        lease = Lease.objects.get(name=name)
    if not taken:
        message = _("%(name)s is being worked on by %(holder)s.")
        raise LeaseHeld(message % {"name": name, "holder": lease.holder})
    return Held(name=name, token=lease.token, ttl_s=ttl_s)


@contextmanager
def held(name: str, *, ttl_s: float = DEFAULT_TTL_S) -> Iterator[Held]:
    """Hold the lease for a block. Raises LeaseHeld."""
    lease = acquire(name, ttl_s=ttl_s)
    try:
        yield lease
    finally:
        lease.release()


def _until(ttl_s: float) -> datetime:
    return clock.now() + timedelta(seconds=ttl_s)
