"""Finding a page, a record, or the form of a verb by a few letters of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.markets.models import Instrument
from apps.strategies.models import Backtest, Strategy
from cashup.settings.admin import UNFOLD

MOST: Final = 6  # of each kind
LONGEST: Final = 80

# Verbs open a form; none acts at once.
VERBS: Final = (
    (
        gettext_lazy("New backtest"),
        reverse_lazy("admin:strategies_backtest_add"),
        "play_arrow",
        "strategies.add_backtest",
    ),
    (
        gettext_lazy("Import candles"),
        reverse_lazy("admin:markets_series_add"),
        "upload_file",
        "markets.add_series",
    ),
    (
        gettext_lazy("Personal settings"),
        reverse_lazy("admin:personal"),
        "tune",
        "",
    ),
)


@dataclass(frozen=True, slots=True)
class Found:
    title: str
    kind: str
    url: str
    icon: str


def page(request: HttpRequest) -> HttpResponse:
    """The page of results, and the part of it that the dialog shows."""
    text = request.GET.get("s", "").strip()[:LONGEST]
    context = {
        **admin.site.each_context(request),
        "title": _("Search"),
        "text": text,
        "found": search(request, text),
    }
    is_part = request.headers.get("HX-Request") == "true"
    name = "desk/_found.html" if is_part else "desk/search.html"
    return TemplateResponse(request, name, context)


def search(request: HttpRequest, text: str) -> list[Found]:
    """What this person may see and ``text`` names; pages and verbs alone without it."""
    words = text.casefold().split()
    named = [
        found
        for found in chain(_pages(request), _verbs(request))
        if all(word in found.title.casefold() for word in words)
    ]
    return [*named, *(_records(request.user, text) if words else ())]


def _pages(request: HttpRequest) -> Iterator[Found]:
    for group in UNFOLD["SIDEBAR"]["navigation"]:
        for item in group["items"]:
            if item.get("permission", _everybody)(request):
                yield Found(
                    str(item["title"]), _("Page"), str(item["link"]), item["icon"]
                )


def _verbs(request: HttpRequest) -> Iterator[Found]:
    for title, url, icon, permission in VERBS:
        if not permission or request.user.has_perm(permission):
            yield Found(str(title), _("Action"), str(url), icon)


def _everybody(request: HttpRequest) -> bool:
    return True


def _records(user: Any, text: str) -> Iterator[Found]:
    if user.has_perm("strategies.view_strategy"):
        for strategy in Strategy.objects.filter(title__icontains=text)[:MOST]:
            yield _record(strategy, str(strategy), _("Strategy"), "function")
    if user.has_perm("strategies.view_backtest"):
        for backtest in _backtests(user, text):
            yield _record(backtest, str(backtest), _("Backtest"), "history")
    if user.has_perm("markets.view_instrument"):
        instruments = Instrument.objects.select_related("exchange")
        for instrument in instruments.filter(symbol__icontains=text)[:MOST]:
            yield _record(instrument, str(instrument), _("Instrument"), "sell")


def _backtests(user: Any, text: str) -> Any:
    """By number (``#12`` or ``12``), or by the name of the strategy; newest first."""
    mine = Backtest.objects.visible_to(user).with_names()
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < LONGEST // 8:
        return mine.filter(pk=int(number))
    return mine.filter(version__strategy__title__icontains=text)[:MOST]


def _record(row: Any, title: str, kind: str, icon: str) -> Found:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return Found(title, kind, reverse(name, args=[row.pk]), icon)
