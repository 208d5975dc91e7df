"""The clock and the source move on together."""

import asyncio
import time
import tracemalloc

import numpy as np
import pytest

from apps.markets.candles.bars import Bars
from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.clocks import PacedClock, move_to
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.opening import instrument_on, open_market
from apps.markets.simulator.sources.replay import CandleTape
from apps.markets.simulator.tests.sources.stage import START_MS, make_stage, make_tape

NAME = "BTC_USDT"
T0 = 1_704_067_200_000
GRID = Grid.of("0.01", "0.00001")


class Machine:
    """A monotonic clock that the test moves, in seconds."""

    def __init__(self):
        self.seconds = 50.0

    def __call__(self):
        return int(self.seconds * 1e9)


def make_bars(*minutes):
    count = len(minutes)
    prices = [np.full(count, 100.0) for _column in range(4)]
    times = T0 + 60_000 * np.array(minutes)
    return Bars.of([times, *prices, np.ones(count)], "1m")


def paced(*minutes, speed, **options):
    clock = PacedClock(T0 - 1_000, speed)
    venue = Venue.open(clock=clock)
    tape = CandleTape(NAME, make_bars(*minutes), GRID)
    market, driver = open_market(venue, clock, [tape], **options)
    return driver, clock, venue, market


def test_a_paced_clock_stands_until_what_is_due_is_played():
    machine = Machine()
    clock = PacedClock(T0, 10, monotonic_ns=machine)
    clock.let_run(T0 + 4_000)

    machine.seconds += 0.25
    before = clock.now_ms()
    machine.seconds += 0.5
    held, wanted = clock.now_ms(), clock.wanted_ms()
    clock.let_run(T0 + 60_000)

    assert (before, held, wanted) == (T0 + 2_500, T0 + 4_000, T0 + 7_500)
    assert clock.now_ms() == T0 + 7_500
    assert clock.seconds_until(T0 + 60_000) == pytest.approx(5.25)
    assert clock.seconds_until(T0) == 0


def test_a_paced_clock_begins_when_told():
    machine = Machine()
    clock = PacedClock(T0, 100, monotonic_ns=machine)
    machine.seconds += 7

    clock.begin()
    clock.let_run(None)
    machine.seconds += 2

    assert clock.now_ms() == T0 + 200_000


def test_a_paced_clock_that_is_moved_on_never_runs_back():
    machine = Machine()
    clock = PacedClock(T0, 1, monotonic_ns=machine)

    move_to(clock, T0 + 90_000)
    clock.let_run(None)
    moved = clock.now_ms()
    machine.seconds += 2
    move_to(clock, T0)

    assert (moved, clock.now_ms()) == (T0 + 90_000, T0 + 92_000)
    with pytest.raises(ValueError, match="cannot move"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="speed"):
        PacedClock(T0, 0)


async def test_a_replay_at_speed_ends_and_its_prints_carry_their_own_times():
    driver, clock, venue, market = paced(0, 1, 2, speed=3_000)

    began = time.perf_counter()
    clock.begin()
    await asyncio.wait_for(driver.run(clock), 10)

    tape = venue.public_trades(NAME)[::-1]
    assert [one.time_ms - T0 for one in tape[:5]] == [0, 20_000, 40_000, 59_999, 60_000]
    assert len(market.candles(NAME, "1m", 0, 2**60, 10)) == 3
    assert time.perf_counter() - began > 0.05


async def test_a_gap_is_skipped_when_asked_for():
    driver, clock, _venue, market = paced(0, 600, speed=3_000, longest_wait_ms=120_000)

    await asyncio.wait_for(driver.run(clock), 5)

    assert len(market.candles(NAME, "1m", 0, 2**60, 10)) == 2
    assert clock.now_ms() >= T0 + 600 * 60_000


async def test_a_run_is_cancelled_at_once():
    driver, clock, venue, _market = paced(0, 1, speed=1)
    task = asyncio.create_task(driver.run(clock))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert venue.last_price(NAME) is None


def test_nothing_moves_until_it_is_told_to():
    stage = make_stage(make_tape())
    before = stage.clock.now_ms(), stage.venue.last_price(NAME)

    stage.driver.advance(5_000)

    assert before == (START_MS, None)
    assert stage.clock.now_ms() == START_MS + 5_000
    assert len(stage.venue.public_trades(NAME)) == 5


def test_a_step_goes_to_the_next_thing_that_happens():
    stage = make_stage(CandleTape(NAME, make_bars(0), GRID), start_ms=T0 - 77)
    times = []

    while stage.driver.step():
        times.append(stage.clock.now_ms() - T0)

    assert times == [0, 20_000, 40_000, 59_999]


def test_memory_does_not_grow_with_the_hours():
    stage = make_stage(make_tape())
    tracemalloc.start()
    try:
        for _turn in range(3):
            stage.driver.advance(3_600_000)
        before = tracemalloc.get_traced_memory()[0]
        for _turn in range(48):
            stage.driver.advance(3_600_000)
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert after - before < 300_000


def test_an_instrument_with_other_steps_is_refused():
    clock = VirtualClock(T0)
    venue = Venue.open(clock=clock)
    venue.set_instrument(Instrument(NAME, "BTC", "USDT", 3, 5))

    with pytest.raises(ValueError, match="not the venue's steps"):
        open_market(venue, clock, [CandleTape(NAME, make_bars(0), GRID)])


@pytest.mark.parametrize("tick", ["0.5", "10", "0.03"])
def test_a_step_that_gate_does_not_have_is_refused(tick):
    with pytest.raises(ValueError, match="power of ten"):
        instrument_on(NAME, Grid.of(tick, "0.1"))
