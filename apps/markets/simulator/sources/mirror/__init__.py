"""The public market of a real exchange, handed in by a feed."""

from apps.markets.simulator.sources.mirror.messages import (
    BookSnapshot,
    BookUpdate,
    FeedLost,
    Message,
    TradeSeen,
)
from apps.markets.simulator.sources.mirror.source import Mirror, Report

__all__ = [
    "BookSnapshot",
    "BookUpdate",
    "FeedLost",
    "Message",
    "Mirror",
    "Report",
    "TradeSeen",
]
