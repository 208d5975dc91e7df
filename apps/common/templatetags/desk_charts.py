"""The SVG charts as template tags; each fragment has a table or titles behind it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from apps.common.charts import heat, histogram, scatter
from apps.common.charts import spark as sparkline

register = template.Library()


@register.simple_tag
def spark(points: Sequence[float | None], label: str = "") -> SafeString:
    """A line of the values, with ``label`` as its text for those who cannot see it."""
    return sparkline.spark(points or [], label)


@register.inclusion_tag("desk/_heat.html")
def month_heat(months: Mapping[int, Sequence[float | None]]) -> dict[str, Any]:
    """``{year: 13 ratios}``: twelve months and the year."""
    return {"rows": heat.month_rows(months or {})}


@register.inclusion_tag("desk/_histogram.html")
def return_histogram(ratios: Sequence[float | None]) -> dict[str, Any]:
    return {"chart": histogram.histogram(ratios or [])}


@register.inclusion_tag("desk/_scatter.html")
def excursion_scatter(trades: Sequence[scatter.Excursion]) -> dict[str, Any]:
    """``(worst ratio, best ratio, has won)`` of each trade."""
    return {"chart": scatter.scatter(trades or [])}
