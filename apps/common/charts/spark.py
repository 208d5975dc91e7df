"""A sparkline: one line, its start as a dotted level, coloured by its direction."""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.common.charts.axis import Scale, finite

WIDTH, HEIGHT, MARGIN = 92, 24, 2


def spark(points: Sequence[float | None], label: str) -> SafeString:
    """An SVG of the values in order; empty text when there are fewer than two."""
    values = finite(points)
    if len(values) < 2:
        return mark_safe("")
    x = Scale(0, len(values) - 1, 0, WIDTH)
    y = Scale(min(values), max(values), HEIGHT - MARGIN, MARGIN)
    path = "M" + "L".join(f"{x(i)} {y(value)}" for i, value in enumerate(values))
    way = "up" if values[-1] >= values[0] else "down"
    return format_html(
        '<svg class="cu-spark cu-spark-{}" viewBox="0 0 {} {}" role="img" '
        'preserveAspectRatio="none"><title>{}</title>'
        '<line x1="0" x2="{}" y1="{}" y2="{}"/><path d="{}"/></svg>',
        way,
        WIDTH,
        HEIGHT,
        label,
        WIDTH,
        y(values[0]),
        y(values[0]),
        path,
    )
