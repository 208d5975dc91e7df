"""Candles and tickers out of prints, as they come."""

from apps.markets.simulator.sources.candles.market import CandleMarket

__all__ = ["CandleMarket"]
