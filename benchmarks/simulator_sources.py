"""The simulator's sources: history, replay, memory over a simulated day."""

import os
import time
from pathlib import Path
from typing import Final

from apps.markets.candles.bars import Bars
from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.driver import Driver
from apps.markets.simulator.sources.opening import open_market
from apps.markets.simulator.sources.random import (
    RandomTape,
    SyntheticMarket,
    minute_bars,
)
from apps.markets.simulator.sources.replay import CandleTape
from apps.markets.simulator.sources.tape import Tape
from benchmarks.table import Row

START_MS: Final = 1_767_225_600_000  # 2026-01-01
HOUR_MS: Final = 3_600_000
INSTRUMENTS: Final = 20
MARKET: Final = SyntheticMarket(42_000, 0.1, 0.00001, 1.4)
# What one turn of the loop plays at 100,000x: 10 ms of it.
TURN_MS: Final = 1_000_000
# So short that each print is played by itself.
FEW_MS: Final = 15_000


def rows(hours: int = 24) -> list[Row]:
    return [_history(), *_replay(), *_day(hours)]


def _history() -> Row:
    spent = min(_timed_year(seed) for seed in range(3))
    return Row("random: a year of minutes", spent, "s", 0.5, "<= 0.5 s", spent <= 0.5)


def _timed_year(seed: int) -> float:
    began = time.perf_counter()
    minute_bars(MARKET, start_ms=START_MS, days=365, seed=seed)
    return time.perf_counter() - began


def _replay() -> list[Row]:
    """A month of 1m candles of twenty instruments, nobody looking."""
    month = minute_bars(MARKET, start_ms=START_MS, days=30, seed=1)
    driver, _market = _driver([_recorded(place, month) for place in range(INSTRUMENTS)])
    began = time.perf_counter()
    for _turn in range(30 * 24 * HOUR_MS // TURN_MS):
        driver.advance(TURN_MS)
    spent = time.perf_counter() - began
    candles = INSTRUMENTS * len(month)
    return [
        Row("replay: 20 x a month of 1m", spent, "s", 60.0, "<= 60 s", spent <= 60),
        Row("replay: candles", candles / spent, "1/s", None, "", None),
    ]


def _day(hours: int) -> list[Row]:
    """Twenty random instruments, each print one by one, for a simulated day."""
    driver, market = _driver([_random(place) for place in range(INSTRUMENTS)])
    market.on_candle(lambda *_told: None)
    began, after_one = time.perf_counter(), 0.0
    for hour in range(hours):
        for _turn in range(HOUR_MS // FEW_MS):
            driver.advance(FEW_MS)
        if hour == 0:
            after_one = _resident_mb()
    spent, end = time.perf_counter() - began, _resident_mb()
    return [
        Row("random: 20 x an hour of prints", spent / hours, "s", None, "", None),
        Row("random: memory after an hour", after_one, "MB", None, "", None),
        Row(
            f"random: memory after {hours} hours",
            end,
            "MB",
            after_one,
            "flat after the first hour (<= 1.1 x)",
            end <= 1.1 * after_one,
        ),
    ]


def _driver(tapes: list[Tape]) -> tuple[Driver, CandleMarket]:
    clock = VirtualClock(START_MS)
    market, driver = open_market(Venue.open(clock=clock), clock, tapes)
    return driver, market


def _recorded(place: int, bars: Bars) -> CandleTape:
    return CandleTape(f"C{place}_USDT", bars, MARKET.grid)


def _random(place: int) -> RandomTape:
    return RandomTape(
        f"C{place}_USDT",
        MARKET,
        seed=7,
        start_ms=START_MS,
        origin_ms=START_MS - 365 * 24 * HOUR_MS,
    )


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
