"""Stretches of time on a timeframe's grid, half-open, in milliseconds. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from apps.markets.candles.bars import Times


class Span(NamedTuple):
    """From ``start_ms`` up to but not including ``end_ms``."""

    start_ms: int
    end_ms: int

    def count(self, step_ms: int) -> int:
        """How many candles open in it."""
        return (self.end_ms - self.start_ms) // step_ms


def on_grid(start_ms: int, end_ms: int, step_ms: int) -> Span:
    """The candles that open at ``start_ms`` or later and before ``end_ms``."""
    start = -(-start_ms // step_ms) * step_ms
    return Span(start, max(start, -(-end_ms // step_ms) * step_ms))


def missing(time_ms: Times, wanted: Span, step_ms: int) -> list[Span]:
    """The stretches of ``wanted`` that have no candle.

    ``time_ms``: open times on the grid, strictly increasing; others may lie around.
    """
    inside = time_ms[(time_ms >= wanted.start_ms) & (time_ms < wanted.end_ms)]
    before = np.concatenate([[wanted.start_ms - step_ms], inside])
    after = np.concatenate([inside, [wanted.end_ms]])
    holes = np.flatnonzero(after - before > step_ms)
    starts, ends = (before[holes] + step_ms).tolist(), after[holes].tolist()
    return [Span(*edges) for edges in zip(starts, ends, strict=True)]


def minus(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of ``spans`` lies in none of ``taken``; ``spans`` ascend and are apart."""
    left: list[Span] = []
    cuts, at = sorted(taken), 0
    for start, end in spans:
        while at < len(cuts) and cuts[at].start_ms < end:
            cut = cuts[at]
            if cut.start_ms > start:
                left.append(Span(start, cut.start_ms))
            start = max(start, min(cut.end_ms, end))
            if cut.end_ms > end:
                break  # it may reach into the next span
            at += 1
        if start < end:
            left.append(Span(start, end))
    return left


def within(spans: Sequence[Span], bounds: Span) -> list[Span]:
    """The parts of ``spans`` inside ``bounds``; ``spans`` ascend and are apart."""
    first = bisect_right(spans, bounds.start_ms, key=lambda one: one.end_ms)
    last = bisect_left(spans, bounds.end_ms, key=lambda one: one.start_ms)
    return [
        Span(max(one.start_ms, bounds.start_ms), min(one.end_ms, bounds.end_ms))
        for one in spans[first:last]
    ]
