"""The one place that imports ccxt, and only when an exchange is opened.

It costs three seconds and 90 MB, so it is loaded off the event loop, in processes that
talk to an exchange and in no others. Streams will take their classes from ``ccxt.pro``
by the same function.
"""

import asyncio
import importlib
from types import ModuleType
from typing import Any

from apps.common.wording import gettext as _
from apps.markets.gateways.errors import BadVenue
from apps.markets.gateways.venues import Venue


async def load() -> ModuleType:
    """``ccxt.async_support``."""
    return await asyncio.to_thread(importlib.import_module, "ccxt.async_support")


def class_of(library: ModuleType, venue: Venue) -> type[Any]:
    """ccxt's class of an exchange. Raises BadVenue for one that it does not know."""
    if venue.ccxt_id not in library.exchanges:
        rule = _("%(given)s is no exchange that CashUp knows; one of them is gate")
        given = repr(venue.exchange[:40])
        raise BadVenue(rule % {"given": given}, field="exchange")
    found: type[Any] = getattr(library, venue.ccxt_id)
    return found
