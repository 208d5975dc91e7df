"""Where values lie on a drawing, and which round values its axis names."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A straight line from values to pixels."""

    low: float
    high: float
    start_px: float
    end_px: float

    def __call__(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        share = (value - self.low) / span
        return round(self.start_px + share * (self.end_px - self.start_px), 1)


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round values covering ``low`` to ``high``: steps of 1, 2 or 5 times ten."""
    span = (high - low) or 1.0
    rough = span / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def finite(values: Sequence[float | None]) -> list[float]:
    """Only what can be drawn."""
    return [float(v) for v in values if v is not None and math.isfinite(v)]


def tick_text(value: float) -> str:
    """A tick's label with a real minus, without needless decimals."""
    return f"{value:,.4g}".replace("-", "\N{MINUS SIGN}")
