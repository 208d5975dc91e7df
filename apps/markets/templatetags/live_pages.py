"""Freshness of live figures, in the words and shapes that markets-fresh.js keeps."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.common import clock, formats
from apps.common.templatetags.desk import pill
from apps.markets.pages.markets_rows import freshness

register = template.Library()


@register.simple_tag
def fresh_pill(state: str, since_ms: int | None) -> SafeString:
    """``Live``, or since when it is not."""
    if since_ms is None:
        found = freshness(state, None)
        return pill(found["word"], found["level"])
    text = _("Stale since %(time)s") % {"time": formats.time(clock.from_ms(since_ms))}
    return pill(text, "warn", "schedule")


@register.filter
def bps_bare(value: Decimal | None) -> str:
    """A ratio in basis points; the column's head names the unit."""
    return formats.fixed(None if value is None else value * 10_000)


@register.simple_tag
def arrow(change: Decimal | None) -> SafeString:
    """▲ or ▼ beside a change, silent for screen readers: the sign says it."""
    if not change:
        return SafeString("")
    mark = "▲" if change > 0 else "▼"
    return format_html('<span aria-hidden="true">{}</span> ', mark)


@register.filter
def rate(value: float) -> str:
    """Messages a second."""
    return formats.fixed(value, digits=1)
