"""Putting new candles among old ones. Pure: no Django here."""

from enum import StrEnum

import numpy as np

from apps.markets.candles.bars import Bars, Times
from apps.markets.candles.codec import COLUMNS


class Mode(StrEnum):
    """What happens where a candle is there already."""

    MERGE = "merge"  # the new one wins
    FILL = "fill"  # the old one stays: only gaps are filled
    REPLACE = "replace"  # everything old goes, the new candles are the series


def merged(old: Bars, new: Bars, mode: Mode) -> Bars:
    """The candles of both, each time once, in order."""
    if mode is Mode.REPLACE or not len(old):
        return new
    winner, loser = (new, old) if mode is Mode.MERGE else (old, new)
    rest = _without(loser, winner.time_ms)
    time_ms = np.concatenate([winner.time_ms, rest.time_ms])
    order = np.argsort(time_ms, kind="stable")
    columns = (
        np.concatenate([getattr(winner, name), getattr(rest, name)])[order]
        for name in COLUMNS
    )
    return Bars.of([time_ms[order], *columns], new.timeframe)


def _without(bars: Bars, time_ms: Times) -> Bars:
    return bars.where(~np.isin(bars.time_ms, time_ms, assume_unique=True))
