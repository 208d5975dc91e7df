"""Exchanges, instruments, and candle series with their stored months.

Public facts: they belong to nobody and everybody may read them.
"""

from apps.markets.models.candles import SEEDED_NOTE, CandleChunk, Series
from apps.markets.models.exchanges import Exchange, ExchangeState
from apps.markets.models.feeds import (
    CandleCursor,
    FeedChannel,
    FeedDemand,
    FeedKind,
    FeedProcess,
    FeedState,
)
from apps.markets.models.history import (
    Download,
    DownloadItem,
    ExchangeGap,
    FundingRate,
    GapReason,
    HistoryKind,
    ItemState,
    TopUp,
    TradeDay,
)
from apps.markets.models.instruments import (
    Instrument,
    InstrumentChange,
    InstrumentKind,
    InstrumentStatus,
)
from apps.markets.models.watch_lists import (
    MarketSnapshot,
    PickRole,
    Selection,
    WatchList,
    WatchListEntry,
    WatchListPick,
)

__all__ = [
    "SEEDED_NOTE",
    "CandleChunk",
    "CandleCursor",
    "Download",
    "DownloadItem",
    "Exchange",
    "ExchangeGap",
    "ExchangeState",
    "FeedChannel",
    "FeedDemand",
    "FeedKind",
    "FeedProcess",
    "FeedState",
    "FundingRate",
    "GapReason",
    "HistoryKind",
    "Instrument",
    "InstrumentChange",
    "InstrumentKind",
    "InstrumentStatus",
    "ItemState",
    "MarketSnapshot",
    "PickRole",
    "Selection",
    "Series",
    "TopUp",
    "TradeDay",
    "WatchList",
    "WatchListEntry",
    "WatchListPick",
]
