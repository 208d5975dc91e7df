"""A venue with sources in it, on a clock that the test moves."""

from dataclasses import dataclass
from decimal import Decimal

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.quirks import NO_QUIRKS
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.driver import Driver
from apps.markets.simulator.sources.opening import open_market
from apps.markets.simulator.sources.random import RandomTape, SyntheticMarket
from apps.markets.simulator.sources.tape import Tape

NAME = "BTC_USDT"
HOUR_MS = 3_600_000
ORIGIN_MS = 1_704_067_200_000  # 2024-01-01
START_MS = ORIGIN_MS + 40 * 24 * HOUR_MS + 754_321
MARKET = SyntheticMarket(42_000, 0.1, 0.00001, 1.4)


@dataclass
class Stage:
    venue: Venue
    market: CandleMarket
    clock: VirtualClock
    driver: Driver


def make_stage(*tapes: Tape, start_ms: int = START_MS) -> Stage:
    """Everything in place, one client "ann" with both currencies, nothing played."""
    clock = VirtualClock(start_ms)
    venue = Venue.open(clock=clock, quirks=NO_QUIRKS)
    market, driver = open_market(venue, clock, tapes)
    venue.ensure_account("ann", deposits={"USDT": Decimal(10**7), "BTC": Decimal(100)})
    return Stage(venue, market, clock, driver)


def make_tape(name: str = NAME, **changes) -> RandomTape:
    given = {"seed": 5, "start_ms": START_MS, "origin_ms": ORIGIN_MS, **changes}
    return RandomTape(name, given.pop("market", MARKET), **given)


def ohlcv(candles):
    """What two ways to the same candles must agree on."""
    return [
        (one.ts_ms, one.open, one.high, one.low, one.close, one.base_volume)
        for one in candles
    ]
