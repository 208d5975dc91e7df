"""Each trade by its worst and best moment: won and lost differ in shape too."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.common import formats
from apps.common.charts.axis import Scale, nice_ticks, tick_text
from apps.common.charts.histogram import Tick

WIDTH, HEIGHT = 360, 300
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 12, 36
# More marks than this cover each other and weigh more than the page should.
MOST_MARKS = 250


# One trade: its worst and best open profit as ratios, and whether it won.
Excursion = tuple[float, float, bool]


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    has_won: bool
    title: str


@dataclass(frozen=True)
class Scatter:
    marks: list[Mark]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    left_out: int

    width = WIDTH
    height = HEIGHT
    left = LEFT
    base = HEIGHT - BOTTOM
    right = WIDTH - RIGHT
    top = TOP


def scatter(trades: Sequence[Excursion]) -> Scatter | None:
    """Worst moment (to the right: deeper) against best; None without trades."""
    if not trades:
        return None
    drawn = _drawn(trades)
    across = nice_ticks(0, max(abs(worst) for worst, _, _ in drawn) * 100, 5)
    up = nice_ticks(0, max(max(best, 0.0) for _, best, _ in drawn) * 100, 4)
    x = Scale(0, across[-1] or 1, LEFT, WIDTH - RIGHT)
    y = Scale(0, up[-1] or 1, HEIGHT - BOTTOM, TOP)
    return Scatter(
        marks=[_mark(x, y, trade) for trade in drawn],
        x_ticks=[Tick(x(value), tick_text(value)) for value in across],
        y_ticks=[Tick(y(value), tick_text(value)) for value in up],
        left_out=len(trades) - len(drawn),
    )


def _drawn(trades: Sequence[Excursion]) -> Sequence[Excursion]:
    """All when they fit; else the outermost tenth and every n-th of the others."""
    if len(trades) <= MOST_MARKS:
        return trades
    widest = sorted(trades, key=lambda one: abs(one[0]) + abs(one[1]), reverse=True)
    outermost = MOST_MARKS // 10
    stride = -(-(len(trades) - outermost) // (MOST_MARKS - outermost))
    return [*widest[:outermost], *widest[outermost::stride]]


def _mark(x: Scale, y: Scale, trade: Excursion) -> Mark:
    worst, best, has_won = trade
    title = f"{formats.drawdown(worst, digits=2)} … {formats.change(best, digits=2)}"
    return Mark(x(abs(worst) * 100), y(max(best, 0.0) * 100), has_won, title)
