"""Every feed process and channel: lag, rate, last message, reconnects, gaps."""

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.common import clock
from apps.markets.models import FeedChannel, FeedProcess, FeedState
from apps.markets.pages.markets_rows import freshness
from apps.markets.services.feeds import restart_channel
from apps.markets.services.feeds.quotes import feed_of

PAGE: Final = 100
# The worst first: what needs a hand stands on top.
BY_NEED: Final = [
    FeedState.STALLED,
    FeedState.POLLING,
    FeedState.RENEWING,
    FeedState.CONNECTING,
    FeedState.QUIET,
    FeedState.LIVE,
    FeedState.ENDED,
]


def feeds(request: HttpRequest) -> HttpResponse:
    """The page; with HTMX its changing part only."""
    if not request.user.has_perm("markets.view_exchange"):
        raise PermissionDenied
    part = "feeds/_live.html" if request.headers.get("HX-Request") else "feeds.html"
    context = {
        **admin.site.each_context(request),
        "title": _("Feeds"),
        "may_restart": request.user.has_perm("markets.change_exchange"),
        **_state(request),
    }
    return TemplateResponse(request, f"admin/markets/{part}", context)


@require_POST
def restart(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm("markets.change_exchange"):
        raise PermissionDenied
    rows = FeedChannel.objects.select_related("instrument__exchange")
    channel = get_object_or_404(rows, pk=pk)
    restart_channel(channel, actor=request.user)
    text = _("%(channel)s begins anew; a few seconds pass until its first message.")
    messages.success(request, text % {"channel": channel.instrument.symbol})
    return redirect(reverse("admin:feeds"))


def _state(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    processes = list(FeedProcess.objects.all())
    rows = FeedChannel.objects.select_related("instrument__exchange", "process")
    shown = [_row(channel) for channel in rows]
    shown.sort(key=lambda row: BY_NEED.index(row["state"]))
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    return {
        "now": now,
        "processes": [(one, one.is_alive(now)) for one in processes],
        "page": page,
        "channel_count": len(shown),
        "bad_count": sum(row["level"] in {"warn", "crit"} for row in shown),
    }


def _row(channel: FeedChannel) -> dict[str, Any]:
    feed = feed_of(channel)
    state = FeedState(feed["state"])
    return {
        "channel": channel,
        "state": state,
        "refusals": sorted(channel.refusals.items()),
        "is_carried": state is not FeedState.ENDED,
        **freshness(state, feed["stale_since_ms"]),
    }
