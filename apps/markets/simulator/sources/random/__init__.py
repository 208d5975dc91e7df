"""A seeded random market, the same from the past to the live tape."""

from apps.markets.simulator.sources.random.market import SyntheticMarket
from apps.markets.simulator.sources.random.path import Path, minute_bars
from apps.markets.simulator.sources.random.prints import hour_prints
from apps.markets.simulator.sources.random.tape import RandomTape

__all__ = ["Path", "RandomTape", "SyntheticMarket", "hour_prints", "minute_bars"]
