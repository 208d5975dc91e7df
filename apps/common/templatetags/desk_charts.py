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
def excursion_scatter(trades: Sequence[Any]) -> dict[str, Any]:
    """Rows with ``number``, ``worst_ratio``, ``best_ratio`` and ``profit_ratio``."""
    drawn = [_excursion(trade) for trade in trades or []]
    return {"chart": scatter.scatter(drawn), "trades": drawn}


def _excursion(trade: Any) -> scatter.Excursion:
    def read(name: str) -> Any:
        return trade[name] if isinstance(trade, Mapping) else getattr(trade, name)

    return scatter.Excursion(
        number=int(read("number")),
        worst=float(read("worst_ratio")),
        best=float(read("best_ratio")),
        profit=float(read("profit_ratio")),
    )
