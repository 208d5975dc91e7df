"""How many trades returned how much: losses in one colour, gains in the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from apps.common import formats
from apps.common.charts.axis import Scale, finite, nice_ticks, tick_text

WIDTH, HEIGHT = 360, 230
LEFT, RIGHT, TOP, BOTTOM = 30, 6, 20, 36


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    way: str
    title: str


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class Histogram:
    bars: list[Bar]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    mean: float
    mean_at: float
    bins: list[tuple[str, int]]

    width = WIDTH
    height = HEIGHT
    left = LEFT
    base = HEIGHT - BOTTOM
    right = WIDTH - RIGHT
    top = TOP


def histogram(ratios: Sequence[float | None], about: int = 14) -> Histogram | None:
    """Counts of ``ratios`` in round percent bins; zero is always an edge.

    None when there is nothing to count.
    """
    values = [value * 100 for value in finite(ratios)]
    if not values:
        return None
    edges = nice_ticks(min([*values, 0.0]), max([*values, 0.0]), about)
    edges = edges if len(edges) > 1 else [edges[0], edges[0] + 1]
    counts = _counts(values, edges)
    x = Scale(edges[0], edges[-1], LEFT, WIDTH - RIGHT)
    heights = nice_ticks(0, max(counts), 4)
    y = Scale(0, heights[-1], HEIGHT - BOTTOM, TOP)
    mean = sum(values) / len(values)
    return Histogram(
        bars=[
            _bar(x, y, a, b, n)
            for (a, b), n in zip(pairwise(edges), counts, strict=True)
            if n
        ],
        x_ticks=[Tick(x(edge), tick_text(edge)) for edge in _thin(edges)],
        y_ticks=[Tick(y(n), tick_text(n)) for n in heights if n == int(n)],
        mean=mean / 100,
        mean_at=x(mean),
        bins=[
            (_range(a, b), n) for (a, b), n in zip(pairwise(edges), counts, strict=True)
        ],
    )


def _counts(values: list[float], edges: list[float]) -> list[int]:
    counts = [0] * (len(edges) - 1)
    step = edges[1] - edges[0]
    for value in values:
        place = int((value - edges[0]) // step)
        counts[min(max(place, 0), len(counts) - 1)] += 1
    return counts


def _bar(x: Scale, y: Scale, low: float, high: float, n: int) -> Bar:
    left, right, top = x(low), x(high), y(n)
    way = "up" if low >= 0 else "down"
    return Bar(
        x=round(left + 1, 1),
        y=top,
        width=round(max(right - left - 2, 1), 1),
        height=round(HEIGHT - BOTTOM - top, 1),
        way=way,
        title=f"{_range(low, high)}: {n}",
    )


def _range(low: float, high: float) -> str:
    return f"{tick_text(low)} … {tick_text(high)}{formats.NBSP}%"


def _thin(edges: list[float], most: int = 8) -> list[float]:
    """Every label when they fit, else every second or third, keeping zero."""
    stride = -(-len(edges) // most)
    zero = edges.index(0.0) if 0.0 in edges else 0
    return [edge for i, edge in enumerate(edges) if (i - zero) % stride == 0]
