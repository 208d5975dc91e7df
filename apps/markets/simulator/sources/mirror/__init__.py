"""The public market of a real exchange, handed in by a feed."""

from apps.markets.simulator.sources.mirror.messages import (
    BookSnapshot,
    BookUpdate,
    Message,
    TradeSeen,
)
from apps.markets.simulator.sources.mirror.source import Mirror

__all__ = ["BookSnapshot", "BookUpdate", "Message", "Mirror", "TradeSeen"]
