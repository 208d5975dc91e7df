"""Monthly returns as a table whose cells are tinted: readable without the tint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.common import formats
from apps.common.charts.axis import finite

# A full tint would hide the text on it; at this share every cell keeps 4.5 : 1.
STRONGEST_PCT = 58


@dataclass(frozen=True)
class Cell:
    text: str
    way: str
    weight_pct: int
    title: str


@dataclass(frozen=True)
class Row:
    year: int
    months: list[Cell]
    whole: Cell


def month_rows(months: Mapping[int, Sequence[float | None]]) -> list[Row]:
    """``{year: 13 ratios}`` as cells, tinted up to the months' 95th percentile."""
    singles = [value for row in months.values() for value in row[:12]]
    cap = _percentile_95([abs(value) for value in finite(singles)])
    year_cap = max(
        [abs(v) for v in finite([row[12] for row in months.values()])] or [0]
    )
    return [
        Row(
            int(year),
            [
                _cell(value, cap, f"{year}-{i + 1:02d}")
                for i, value in enumerate(row[:12])
            ],
            _cell(row[12], max(cap, year_cap), str(year)),
        )
        for year, row in sorted(months.items())
    ]


def _cell(value: float | None, cap: float, name: str) -> Cell:
    if value is None:
        return Cell("·", "none", 0, name)
    text = formats.percent_bare(value, digits=1, signed=True)
    title = f"{name} {formats.change(value, digits=2)}"
    share = min(abs(value) / cap, 1.0) if cap else 0.0
    way = "up" if value > 0 else "down" if value < 0 else ""
    return Cell(text, way, round(share * STRONGEST_PCT), title)


def _percentile_95(values: list[float]) -> float:
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
