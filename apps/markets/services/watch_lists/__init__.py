"""Making watch-lists, refreshing them, and trying a rule out."""

from apps.markets.services.watch_lists.demo import ensure_demo_list
from apps.markets.services.watch_lists.editing import (
    create_watch_list,
    delete_watch_list,
    update_watch_list,
)
from apps.markets.services.watch_lists.previewing import Preview, preview
from apps.markets.services.watch_lists.scheduling import (
    active_job,
    offer_due,
    refresh_soon,
    request_figures,
    request_refresh,
)
from apps.markets.services.watch_lists.wanting import Wanted, wanted_of

__all__ = [
    "Preview",
    "Wanted",
    "active_job",
    "create_watch_list",
    "delete_watch_list",
    "ensure_demo_list",
    "offer_due",
    "preview",
    "refresh_soon",
    "request_figures",
    "request_refresh",
    "update_watch_list",
    "wanted_of",
]
