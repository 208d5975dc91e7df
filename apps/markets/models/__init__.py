"""Exchanges, instruments, and candle series with their stored months.

Public facts: they belong to nobody and everybody may read them.
"""

from apps.markets.models.candles import SEEDED_NOTE, CandleChunk, Series
from apps.markets.models.exchanges import Exchange
from apps.markets.models.instruments import Instrument, InstrumentKind

__all__ = [
    "SEEDED_NOTE",
    "CandleChunk",
    "Exchange",
    "Instrument",
    "InstrumentKind",
    "Series",
]
