"""Where a page stands, how its lists sort, what its form and its error say."""

from collections.abc import Iterable
from typing import Any

import structlog
from django import template
from django.forms import BoundField
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.common.templatetags import desk

register = template.Library()


@register.simple_tag
def request_id() -> str:
    """What the log knows this request by; also there when the page has no context."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


@register.inclusion_tag("desk/_breadcrumbs.html", takes_context=True)
def breadcrumbs(context: Context) -> dict[str, Any]:
    """The page's own ``crumbs`` (label, address), else its list and its record."""
    return {"crumbs": context.get("crumbs") or _crumbs(context)}


def _crumbs(context: Context) -> list[tuple[Any, str]]:
    opts = context.get("opts")
    if context.get("index"):
        return [(_("Dashboard"), "")]
    if opts is None:
        return [(context.get("title"), "")]
    name = f"admin:{opts.app_label}_{opts.model_name}_changelist"
    here = [(opts.verbose_name_plural, reverse(name))]
    record = context.get("original") or context.get("object")
    if record is not None:
        return [*here, (str(record), "")]
    return here if context.get("cl") else [*here, (context.get("title"), "")]


@register.simple_tag(takes_context=True)
def sort_link(
    context: Context, name: str, label: Any, ordering: str, kind: str = "number"
) -> SafeString:
    """A column's head that sorts by ``name``, the other way when it already does."""
    is_down = ordering == f"-{name}"
    is_up = ordering == name
    query = context["request"].GET.copy()
    query["o"] = name if is_down else f"-{name}"
    query.pop("page", None)
    state = "descending" if is_down else "ascending" if is_up else ""
    arrow = desk.icon("arrow_downward" if is_down else "arrow_upward", small=True)
    return format_html(
        '<th scope="col" class="{}"{}><a href="?{}">{}{}</a></th>',
        "cu-end" if kind == "number" else "",
        format_html(' aria-sort="{}"', state) if state else "",
        query.urlencode(),
        label,
        arrow if state else "",
    )


@register.filter
def differing(fields: Iterable[BoundField]) -> int:
    """How many fields hold something else than their default."""
    optional = (field for field in fields if not field.field.required)
    pairs = ((field.value(), field.field.initial) for field in optional)
    return sum(_as_text(value) != _as_text(default) for value, default in pairs)


def _as_text(value: Any) -> str:
    return "" if value is None or value is False else str(value)
