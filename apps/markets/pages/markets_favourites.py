"""A person's starred instruments: hand-made watch-lists, so that feeds carry them."""

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.markets.models import Instrument, Selection
from apps.markets.selectors.markets import STAR, favourite_lists
from apps.markets.services.watch_lists import (
    Wanted,
    create_watch_list,
    delete_watch_list,
    update_watch_list,
    wanted_of,
)


@require_POST
def star(request: HttpRequest, pk: int) -> HttpResponse:
    """Star the instrument, or take its star away; back to where one was."""
    if not request.user.has_perm("markets.view_instrument"):
        raise PermissionDenied
    instrument = get_object_or_404(Instrument.objects.select_related("exchange"), pk=pk)
    toggle(request.user, instrument)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()})
    return redirect(back if is_ours else reverse("admin:markets"))


@transaction.atomic
def toggle(person: Any, instrument: Instrument) -> None:
    """Raises InvalidFields when the person has too many."""
    exchange = instrument.exchange
    found = favourite_lists(person).filter(exchange=exchange).first()
    if found is None:
        wanted = Wanted(
            name=STAR + exchange.code,
            exchange=exchange,
            selection=Selection.BY_HAND,
            kind=instrument.kind,
            chosen=[instrument.symbol],
        )
        create_watch_list(wanted, owner=person)
        return
    before = wanted_of(found)
    chosen = set(before.chosen) ^ {instrument.symbol}
    if chosen:
        update_watch_list(found, replace(before, chosen=sorted(chosen)), actor=person)
    else:
        delete_watch_list(found, actor=person)
