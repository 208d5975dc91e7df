"""Questions about watch-lists."""

from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.markets.models import Instrument, WatchList
from apps.markets.querysets import WatchListQuerySet


def instruments_of(watch_list: WatchList) -> QuerySet[Instrument]:
    """The members that can be traded or downloaded, best first.

    Who may ask for the list is decided before, by ``visible_to``.
    """
    members = Instrument.objects.listed().filter(
        watch_list_entries__watch_list=watch_list, watch_list_entries__is_in=True
    )
    rank = F("watch_list_entries__rank").asc(nulls_last=True)
    return members.select_related("exchange").order_by(rank, "symbol")


def watch_lists_of(user: Any | None) -> WatchListQuerySet:
    """What this person may see; for nobody in particular the shared ones."""
    if user is None:
        return WatchList.objects.shared()
    return WatchList.objects.visible_to(user)


def find_watch_list(given: str, *, user: Any | None = None) -> WatchList:
    """By number or name, one's own before a shared one of the same name.

    Raises NotFound, naming what there is instead.
    """
    seen = watch_lists_of(user)
    named = seen.filter(name=given.strip())
    found: WatchList | None = None
    if given.strip().isdecimal() and len(given) < 16:
        found = seen.filter(pk=int(given)).first()
    found = found or named.order_by(F("owner").asc(nulls_last=True)).first()
    if found is not None:
        return found
    known = ", ".join(seen.values_list("name", flat=True)[:8]) or "-"
    text = _("There is no watch-list %(given)s; there are: %(known)s.")
    raise NotFound(
        text % {"given": repr(given[:80]), "known": known}, field="watch_list"
    )
