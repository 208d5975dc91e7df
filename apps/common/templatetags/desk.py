"""Numbers, times, icons and states as every page writes them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import clock, formats
from apps.common.models.jobs import JobStatus

register = template.Library()

JOB_LOOKS = {
    "queued": ("info", "schedule"),
    "running": ("info", "play_arrow"),
    "done": ("good", "check"),
    "failed": ("crit", "error"),
    "cancelled": ("", "block"),
}
LEVEL_ICONS = {
    "good": "check_circle",
    "info": "info",
    "warn": "warning",
    "crit": "error",
}


@register.simple_tag
def icon(name: str, label: str = "", *, small: bool = False) -> SafeString:
    """A Material symbol; silent for screen readers unless it has a label."""
    size = "cu-icon cu-icon-small" if small else "cu-icon"
    mark = format_html(
        '<span class="material-symbols-outlined {}" aria-hidden="true" translate="no">'
        "{}</span>",
        size,
        name,
    )
    if not label:
        return mark
    return format_html('{}<span class="cu-only-read">{}</span>', mark, label)


@register.filter
def level_icon(level: str) -> str:
    return LEVEL_ICONS.get(level, "info")


@register.simple_tag
def cu_value(
    value: Any,
    kind: str = "text",
    unit: str = "",
    *,
    digits: int | None = None,
    bare: bool = False,
    colour: bool = True,
) -> SafeString:
    """One figure of a named kind, coloured when it is a gain or a loss.

    ``bare`` leaves the unit out, for a column whose head names it.
    """
    text = _text(value, kind, unit, digits)
    look = _direction(value, kind) if colour else "cu-num"
    shown = format_html('<span class="{}">{}</span>', look, text)
    if kind not in {"money", "profit"} or bare or text == formats.MISSING or not unit:
        return shown
    return format_html('{}{}<span class="cu-unit">{}</span>', shown, formats.NBSP, unit)


def _text(value: Any, kind: str, unit: str, digits: int | None) -> str:
    if kind in {"money", "profit"}:
        return formats.money(value, unit=unit, signed=kind == "profit")
    if kind == "duration":
        return formats.duration(value, language=_language())
    if kind == "text":
        return formats.MISSING if value in (None, "") else str(value)
    if kind in formats.PERCENTS:
        return formats.PERCENTS[kind](value, digits=digits)
    return formats.KINDS[kind](value)


def _direction(value: Any, kind: str) -> str:
    exact = formats.number(value) if kind in formats.DIRECTED else None
    if not exact:
        return "cu-num"
    return "cu-num cu-up" if exact > 0 else "cu-num cu-down"


@register.simple_tag
def cu_money(
    value: Any, unit: str = "", *, signed: bool = False, bare: bool = False
) -> SafeString:
    """An amount with its muted unit; with ``signed`` a gain or loss."""
    return cu_value(value, "profit" if signed else "money", unit, bare=bare)


@register.simple_tag
def cu_change(value: Any, *, digits: int | None = None) -> SafeString:
    """A signed, coloured percentage of a ratio."""
    return cu_value(value, "change", digits=digits)


@register.simple_tag
def cu_price(value: Any, tick: Any = None) -> SafeString:
    """A price on its tick; the full value in the title when it is written short."""
    text = formats.price(value, tick=tick)
    full = formats.fixed(value, digits=formats.digits_on(value, tick))
    if text == full:
        return format_html('<span class="cu-num">{}</span>', text)
    return format_html('<span class="cu-num" title="{}">{}</span>', full, text)


@register.simple_tag
def cu_quantity(value: Any, lot: Any = None, unit: str = "") -> str:
    return formats.quantity(value, lot=lot, unit=unit)


@register.filter
def percent(value: Any) -> str:
    return formats.percent(value)


@register.filter
def change(value: Any) -> str:
    return formats.change(value)


@register.filter
def drawdown(value: Any) -> str:
    return formats.drawdown(value)


@register.filter
def ratio(value: Any) -> str:
    return formats.ratio(value)


@register.filter
def count(value: Any) -> str:
    return formats.count(value)


@register.filter
def plain(value: Any) -> str:
    """A setting's value as it was given: numbers with their own decimals."""
    if isinstance(value, float | Decimal):
        return formats.fixed(value, digits=formats.digits_of(value))
    return formats.MISSING if value in (None, "") else str(value)


@register.filter
def prose(text: str) -> SafeString:
    """A docstring as paragraphs: lines were only broken to fit the source."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return format_html_join("", "<p>{}</p>", ((one,) for one in paragraphs if one))


@register.filter
def signed(value: Any, digits: int = 2) -> str:
    return formats.fixed(value, digits=digits, signed=True)


@register.filter
def short(value: Any) -> str:
    return formats.short(value, language=_language())


@register.filter
def duration_s(value: float | Decimal | None) -> str:
    """Seconds, in the two largest units."""
    ms = None if value is None else int(Decimal(str(value)) * 1000)
    return formats.duration(ms, language=_language())


@register.filter
def day(value: datetime | int | None) -> str:
    if value is None:
        return formats.MISSING
    return formats.date(value, language=_language())


@register.filter
def moment(value: datetime | int | None) -> str:
    """Date and minute in UTC; the column's head names the zone."""
    return formats.moment(value, language=_language())


@register.filter
def recent(value: datetime | int | None) -> str:
    """Like ``moment``, without the year when it is this one."""
    return formats.moment(value, language=_language(), today=clock.now())


@register.filter
def ms(value: datetime) -> str:
    """Milliseconds since the epoch, for scripts."""
    return str(clock.to_ms(value))


@register.filter
def clock_time(value: datetime | int | None) -> str:
    return formats.MISSING if value is None else formats.time(value)


@register.filter
def short_id(value: Any) -> str:
    return formats.short_id(str(value))


@register.simple_tag
def pill(text: Any, level: str = "", symbol: str = "") -> SafeString:
    """A state: a word, and an icon that says the same."""
    symbol = symbol or LEVEL_ICONS.get(level, "")
    mark = icon(symbol) if symbol else ""
    return format_html(
        '<span class="cu-pill" data-level="{}">{}{}</span>', level, mark, text
    )


@register.simple_tag
def job_word(status: str) -> str:
    return str(dict(JobStatus.choices).get(status, status))


@register.simple_tag
def job_pill(status: str) -> SafeString:
    level, symbol = JOB_LOOKS.get(status, ("", "help"))
    return pill(job_word(status), level, symbol)


@register.simple_tag
def backtest_pill() -> SafeString:
    return pill(_("BACKTEST"), "info", "history")


@register.simple_tag
def data_pill(is_synthetic: bool, note: str = "") -> SafeString:
    """Where the candles came from: said beside every title that shows results."""
    if not is_synthetic:
        return pill(_("Real data"), "good", "verified")
    return pill(note or _("Synthetic market"), "warn", "science")


def _language() -> str:
    return get_language() or "en"
