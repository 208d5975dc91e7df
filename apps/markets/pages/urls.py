"""Addresses of the live pages, for the desk's site."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from apps.markets.pages.feeds import feeds, restart
from apps.markets.pages.instrument import instrument
from apps.markets.pages.instrument_candles import candles
from apps.markets.pages.markets import markets, sparks
from apps.markets.pages.markets_favourites import star


def live_pages(wrapped: Callable[[Any], Any]) -> list[URLPattern]:
    """``wrapped``: the site's ``admin_view``."""
    return [
        path("live/", wrapped(markets), name="markets"),
        path("live/sparks/", wrapped(sparks), name="market_sparks"),
        path("live/<int:pk>/", wrapped(instrument), name="instrument_live"),
        path("live/<int:pk>/candles/", wrapped(candles), name="instrument_candles"),
        path("live/<int:pk>/star/", wrapped(star), name="market_star"),
        path("feeds/", wrapped(feeds), name="feeds"),
        path("feeds/<int:pk>/restart/", wrapped(restart), name="feed_restart"),
    ]
