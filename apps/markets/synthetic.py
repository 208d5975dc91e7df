"""Minutes of the simulator's random market, for the demo and for tests.

Nothing here pretends to be a real price; whoever stores it says so.
"""

from apps.markets.simulator.sources.random import SyntheticMarket, minute_bars

__all__ = ["SyntheticMarket", "minute_bars"]
