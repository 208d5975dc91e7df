"""Recorded candles and trades, played again."""

from apps.markets.simulator.sources.replay.candles import CandleTape
from apps.markets.simulator.sources.replay.trades import (
    TradeTape,
    holds_trades,
    read_trades,
)

__all__ = ["CandleTape", "TradeTape", "holds_trades", "read_trades"]
