"""What moves among the things one follows."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.common import clock
from apps.markets.candles import store
from apps.markets.models import Instrument, Series, WatchList
from apps.markets.pages.markets_rows import in_order, quotes_of
from apps.markets.selectors import instruments_of
from apps.markets.selectors.markets import (
    favourite_ids,
    instruments_by_id,
    lists_for_tabs,
)

# A longer list is for the page of watch-lists; every row here is a live topic.
MOST_ROWS: Final = 150
FAVOURITES: Final = "favourites"
DAY_MS: Final = 86_400_000
SPARK_FOR_S: Final = 300
MOST_SPARKS: Final = 60


def markets(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("markets.view_instrument"):
        raise PermissionDenied
    stars, lists = favourite_ids(request.user), lists_for_tabs(request.user)
    chosen = _chosen(request.GET.get("list", ""), lists, stars)
    members = _members(chosen, stars)
    wanted, ordering = request.GET.get("q", "").strip(), request.GET.get("o", "")
    found = [one for one in members if wanted.upper() in one.symbol.upper()]
    context = {
        **admin.site.each_context(request),
        "title": _("Markets"),
        "tabs": _tabs(request, lists, chosen, len(stars)),
        "chosen": chosen if isinstance(chosen, WatchList) else None,
        "quotes": in_order(quotes_of(found[:MOST_ROWS], stars), ordering),
        "member_count": len(members),
        "left_out": max(0, len(found) - MOST_ROWS),
        "most": MOST_ROWS,
        "ordering": ordering,
        "wanted": wanted,
        "is_favourites": chosen == FAVOURITES,
        "list_key": request.GET.get("list", ""),
    }
    return TemplateResponse(request, "admin/markets/market_list.html", context)


def sparks(request: HttpRequest) -> JsonResponse:
    """``{instrument id: [close, ...]}`` of the last 24 hours, where hours are stored.

    A fragment of its own, so that the page need not wait for candles.
    """
    if not request.user.has_perm("markets.view_instrument"):
        raise PermissionDenied
    ids = [int(one) for one in request.GET.get("ids", "").split(",") if one.isdecimal()]
    rows = Series.objects.with_market().with_candles()
    hours = rows.filter(instrument_id__in=ids[:MOST_SPARKS], timeframe="1h")
    return JsonResponse({str(one.instrument_id): _closes(one) for one in hours})


def _closes(series: Series) -> list[float]:
    key = f"spark.{series.pk}.{series.data_hash[:16]}"
    found: list[float] | None = cache.get(key)
    if found is None:
        bars = store.read_bars(series, clock.now_ms() - DAY_MS)
        found = bars.close.tolist()
        cache.set(key, found, SPARK_FOR_S)
    return found


def _chosen(
    given: str, lists: Sequence[WatchList], stars: set[int]
) -> WatchList | str | None:
    for one in lists:
        if given == str(one.pk):
            return one
    if given == FAVOURITES or stars or not lists:
        return FAVOURITES
    return lists[0]


def _members(chosen: WatchList | str | None, stars: set[int]) -> list[Instrument]:
    if isinstance(chosen, WatchList):
        return list(instruments_of(chosen))
    return instruments_by_id(stars)


def _tabs(
    request: HttpRequest,
    lists: Sequence[WatchList],
    chosen: WatchList | str | None,
    star_count: int,
) -> list[dict[str, Any]]:
    kept = {key: request.GET[key] for key in ("o",) if key in request.GET}

    def tab(key: Any, label: str, *, is_own: bool = False) -> dict[str, Any]:
        return {
            "label": label,
            "is_name": is_own,
            "href": "?" + urlencode({"list": key, **kept}),
            "is_here": chosen == key or getattr(chosen, "pk", None) == key,
        }

    favourites = _("Favourites (%(count)s)") % {"count": star_count}
    named = [tab(one.pk, str(one), is_own=True) for one in lists]
    return [tab(FAVOURITES, favourites), *named]
