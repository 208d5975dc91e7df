"""One rate budget per exchange and address, for every process that calls it.

``budget_for`` gives a gateway its share of it, ``usage`` shows it to people.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings

from apps.markets.gateways.budget.limits import rules_of
from apps.markets.gateways.budget.shared import SharedBudget
from apps.markets.gateways.budget.state import Circuit
from apps.markets.gateways.budget.stores.file import FileStore
from apps.markets.gateways.budget.stores.memory import MemoryStore
from apps.markets.gateways.budget.stores.store import Store
from apps.markets.gateways.budget.stores.sturdy import SturdyStore
from apps.markets.gateways.budget.use import BudgetUse, GroupUse, use_of
from apps.markets.gateways.pacing import Budget
from apps.markets.gateways.venues import Venue

__all__ = ["BudgetUse", "Circuit", "GroupUse", "budget_for", "usage"]

# The last resort: what this process alone has used.
_alone: dict[str, MemoryStore] = {}


def budget_for(venue: Venue) -> Budget:
    """The venue's budget, for one event loop; any number of them share one state."""
    rules = rules_of(venue.ccxt_id, settings.EXCHANGE_LIMIT_SHARE)
    return SharedBudget(venue.ccxt_id, rules, _store(venue))


def usage(venue: Venue) -> BudgetUse:
    """The budget's use now. Blocks for a moment; not for event loops."""
    return use_of(_store(venue).look())


def _store(venue: Venue) -> Store:
    """Redis where there is one, else a file of this machine."""
    name = _name_of(venue)
    alone = _alone.setdefault(name, MemoryStore())
    file = FileStore(settings.VAR_DIR / "budget" / f"{name}.state")
    if not settings.REDIS_URL:
        return SturdyStore(file, alone)
    # Here, because its client would cost every start of a desk without Redis 80 ms.
    from apps.markets.gateways.budget.stores.redis import RedisStore

    key = f"{settings.NAMESPACE}:budget:{name}"
    return SturdyStore(RedisStore(settings.REDIS_URL, key), file, alone)


def _name_of(venue: Venue) -> str:
    """Exchange and address, fit for a file's name."""
    address = urlsplit(venue.rest_url).netloc.rpartition("@")[2]
    name = f"{venue.ccxt_id}@{address}" if address else venue.ccxt_id
    return re.sub(r"[^a-z0-9.@-]+", "_", name.lower())[:120]
