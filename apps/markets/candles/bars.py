"""Candles as an engine sees them: six arrays of one length. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars of one instrument, oldest first, one row per bar that exists.

    ``time_ms``: int64, the bar's open time, strictly increasing; a gap is simply
    absent. Prices are quote per base, volume is in base units; all float64 and of
    the same shape ``(n_bars,)``.
    """

    time_ms: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    timeframe: str

    def __len__(self) -> int:
        return len(self.time_ms)

    @classmethod
    def of(cls, arrays: Iterable[NDArray[Any]], timeframe: str) -> "Bars":
        """From the six arrays in the order of the fields."""
        time_ms, opened, high, low, close, volume = arrays
        return cls(time_ms, opened, high, low, close, volume, timeframe)

    def between(self, start: int, stop: int) -> "Bars":
        """The bars at positions ``start`` to ``stop``, as views."""
        parts = (getattr(self, name)[start:stop] for name in _ARRAYS)
        return Bars.of(parts, self.timeframe)

    def within(self, start_ms: int | None, end_ms: int | None) -> "Bars":
        """The bars that open at ``start_ms`` or later and before ``end_ms``, as views.

        None leaves that side open.
        """
        edges = np.searchsorted(self.time_ms, [start_ms or 0, end_ms or 0])
        start = 0 if start_ms is None else int(edges[0])
        stop = len(self) if end_ms is None else int(edges[1])
        return self.between(start, max(start, stop))

    def where(self, keep: NDArray[np.bool_]) -> "Bars":
        """The bars for which ``keep`` is true, as copies."""
        parts = (getattr(self, name)[keep] for name in _ARRAYS)
        return Bars.of(parts, self.timeframe)


_ARRAYS = tuple(f.name for f in fields(Bars))[:-1]
