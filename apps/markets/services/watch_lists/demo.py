"""The demo's watch-list, shared with everybody."""

from decimal import Decimal

from apps.markets.models import Exchange, WatchList
from apps.markets.models.watch_lists import DEMO_NAME
from apps.markets.services.watch_lists.editing import create_watch_list
from apps.markets.services.watch_lists.wanting import Wanted

PLACES = 2  # of the simulator's three markets, so that one is out and says why


def ensure_demo_list(exchange: Exchange) -> WatchList:
    """The list, made where it is missing; its first refresh comes by schedule."""
    found = WatchList.objects.shared().filter(name=DEMO_NAME).first()
    return found or create_watch_list(
        Wanted(
            name=DEMO_NAME,
            exchange=exchange,
            quote="USDT",
            top_n=PLACES,
            stay_in_margin_pct=Decimal(10),
        )
    )
