"""An exchange put together: a venue, a source of prices, accounts, and its server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from apps.common.clock import now_ms
from apps.common.money import decimal
from apps.markets.candles.bars import Bars
from apps.markets.simulator.core.accounts import Key
from apps.markets.simulator.core.clock import Clock, VirtualClock
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.core.venue import GATES_HABITS, Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.clocks import PacedClock
from apps.markets.simulator.sources.driver import Driver
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.player import Player
from apps.markets.simulator.sources.random import RandomTape, SyntheticMarket
from apps.markets.simulator.sources.replay import CandleTape
from apps.markets.simulator.sources.tape import Tape
from apps.markets.simulator.web.context import Advance, Exchange
from apps.markets.simulator.web.quotas import Quotas
from apps.markets.simulator.web.server import Simulator

SourceName = Literal["random", "replay", "mirror"]
# The random market's past: three years of candles, the same at every start.
_ORIGIN_MS: Final = 1_704_067_200_000
MARKETS: Final = {
    "BTC_USDT": SyntheticMarket(42_000, 0.1, 0.00001, 1.4),
    "ETH_USDT": SyntheticMarket(2_300, 0.01, 0.0001, 22, 1.2),
    "SOL_USDT": SyntheticMarket(95, 0.01, 0.001, 620, 1.5),
}


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """An account with one key and its first deposits."""

    key: str
    secret: str = field(repr=False)
    deposits: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Recording:
    """Bars to replay as one instrument, with the steps its prices stand on."""

    instrument: str
    bars: Bars
    grid: Grid


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. ``folder`` None keeps nothing; ``speed`` 0 is stepped.

    ``recordings`` are for a replay. ``token`` opens /sim.
    """

    port: int = 0
    folder: Path | None = None
    source: SourceName = "random"
    seed: int = 1
    speed: float = 1.0
    accounts: Sequence[AccountPlan] = ()
    recordings: Sequence[Recording] = ()
    token: str = field(default="", repr=False)
    quirks: Quirks = GATES_HABITS
    has_limits: bool = True


def account_of(text: str) -> AccountPlan:
    """``KEY:SECRET:USDT=10000,BTC=1``. Raises ValueError naming what is wrong."""
    parts = text.split(":")
    if len(parts) != 3 or not all(parts):
        raise ValueError("an account is KEY:SECRET:USDT=10000,BTC=1")
    deposits = {}
    for item in parts[2].split(","):
        currency, _, amount = item.partition("=")
        if not currency.isalnum() or decimal(amount or "-", field=currency) < 0:
            raise ValueError(f"{item} is not an amount such as USDT=10000")
        deposits[currency.upper()] = decimal(amount)
    return AccountPlan(parts[0], parts[1], deposits)


@contextlib.asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Simulator]:
    """The planned exchange, served and moving, for as long as the block lasts.

    Raises JournalBroken for a broken journal, OSError for a port that is taken.
    """
    clock = _clock(plan)
    venue = Venue.open(plan.folder, clock=clock, quirks=plan.quirks, group_commit=True)
    market = CandleMarket()
    driver = _driver(plan, venue, market, clock)
    for account in plan.accounts:
        keys = {account.key: Key(account.secret)}
        venue.ensure_account(account.key, keys=keys, deposits=account.deposits)
    simulator = Simulator(_exchange(plan, venue, market, driver), plan.port)
    await simulator.start()
    moving = None
    if isinstance(clock, PacedClock):
        moving = asyncio.create_task(driver.run(clock))
    try:
        yield simulator
    finally:
        if moving is not None:
            moving.cancel()
            await asyncio.gather(moving, return_exceptions=True)
        await simulator.stop()
        venue.close()


def _clock(plan: Plan) -> PacedClock | VirtualClock:
    start_ms = now_ms()
    if plan.source == "replay":
        start_ms = min(int(r.bars.time_ms[0]) for r in plan.recordings)
    return PacedClock(start_ms, plan.speed) if plan.speed else VirtualClock(start_ms)


def _driver(
    plan: Plan, venue: Venue, market: CandleMarket, clock: PacedClock | VirtualClock
) -> Driver:
    tapes = _tapes(plan, clock)
    for tape in tapes:
        venue.set_instrument(instrument_of(tape.instrument_id, tape.grid))
        if isinstance(tape, RandomTape):
            market.add_instrument(tape.instrument_id, tape.grid, tape.history)
            tape.prime(market)
        else:
            market.add_instrument(tape.instrument_id, tape.grid)
    venue.subscribe(market.on_event)
    return Driver(Player(venue, market, clock, tapes), market, clock)


def _tapes(plan: Plan, clock: Clock) -> list[Tape]:
    if plan.source == "replay":
        return [CandleTape(r.instrument, r.bars, r.grid) for r in plan.recordings]
    start_ms = clock.now_ms()
    return [
        RandomTape(
            name, market, seed=plan.seed, start_ms=start_ms, origin_ms=_ORIGIN_MS
        )
        for name, market in MARKETS.items()
    ]


def instrument_of(name: str, grid: Grid) -> Instrument:
    """Trading rules on a grid, with Gate.io's usual minimum and fees."""
    base, quote = name.split("_")
    return Instrument(
        name, base, quote, _places(grid.tick_size), _places(grid.lot_size)
    )


def _places(step: Decimal) -> int:
    return max(-int(step.normalize().as_tuple().exponent), 0)


def _exchange(
    plan: Plan, venue: Venue, market: CandleMarket, driver: Driver
) -> Exchange:
    return Exchange(
        venue,
        market,
        token=plan.token,
        source=f"{plan.source}, seed {plan.seed}, speed {plan.speed:g}",
        advance=None if plan.speed else _advance(driver),
        quotas=Quotas(scale=1 if plan.has_limits else 0),
    )


def _advance(driver: Driver) -> Advance:
    async def advance(ms: int) -> None:
        driver.advance(ms)

    return advance
