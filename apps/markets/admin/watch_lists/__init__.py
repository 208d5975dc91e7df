"""The *Watch-lists* page: the lists, and one of them with its rule and members."""

from apps.markets.admin.watch_lists.lists import WatchListAdmin

__all__ = ["WatchListAdmin"]
