"""An exchange put together: a venue, a source of prices, accounts, and its server."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Final

from apps.common.clock import now_ms
from apps.markets.candles.bars import Bars
from apps.markets.simulator.core.accounts import Key
from apps.markets.simulator.core.clock import Clock, VirtualClock
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.clocks import PacedClock
from apps.markets.simulator.sources.driver import Driver
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.mirror import Mirror
from apps.markets.simulator.sources.opening import instrument_on, open_market
from apps.markets.simulator.sources.random import RandomTape
from apps.markets.simulator.sources.replay import CandleTape, TradeTape
from apps.markets.simulator.sources.tape import Tape
from apps.markets.simulator.web.context import Advance, Exchange
from apps.markets.simulator.web.plan import (
    MARKETS,
    AccountPlan,
    Plan,
    Recording,
    account_of,
)
from apps.markets.simulator.web.quotas import Quotas
from apps.markets.simulator.web.server import Simulator, serve

logger = logging.getLogger(__name__)

__all__ = ["AccountPlan", "Plan", "Recording", "account_of", "running"]

# The random market's past: three years of candles, the same at every start.
_ORIGIN_MS: Final = 1_704_067_200_000


@contextlib.asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Simulator]:
    """The planned exchange, served and moving, for as long as the block lasts.

    A mirror shows what ``simulator.exchange.mirror`` receives. Raises ValueError for
    a plan that cannot be, JournalBroken for a broken journal, OSError for a port that
    is taken.
    """
    plan.check()
    clock = _clock(plan)
    venue = Venue.open(plan.folder, clock=clock, quirks=plan.quirks, group_commit=True)
    with contextlib.closing(venue):
        exchange, driver = _exchange(plan, venue, clock)
        async with serve(exchange, plan.port) as simulator:
            moving = asyncio.create_task(_move(plan, clock, driver))
            try:
                yield simulator
            finally:
                moving.cancel()
                await asyncio.gather(moving, return_exceptions=True)


async def _move(plan: Plan, clock: PacedClock | VirtualClock, driver: Driver) -> None:
    """Play the market, if it moves by itself. A market that broke stands still."""
    if not isinstance(clock, PacedClock):
        return
    if plan.source == "replay":
        clock.begin()
    try:
        await driver.run(clock)
    except Exception:
        logger.exception("simulator.market_stopped")


def _clock(plan: Plan) -> PacedClock | VirtualClock:
    start_ms = now_ms()
    if plan.source == "replay":
        start_ms = min(recording.start_ms for recording in plan.recordings)
    return PacedClock(start_ms, plan.speed) if plan.speed else VirtualClock(start_ms)


def _tapes(plan: Plan, clock: Clock) -> list[Tape]:
    if plan.source == "replay":
        fills_on_touch = plan.limit_fill == "touch"
        return [_replayed(item, fills_on_touch) for item in plan.recordings]
    if plan.source == "mirror":
        return []
    start_ms = clock.now_ms()
    return [
        RandomTape(
            name, market, seed=plan.seed, start_ms=start_ms, origin_ms=_ORIGIN_MS
        )
        for name, market in MARKETS.items()
    ]


def _mirrored(plan: Plan) -> Mapping[str, Grid]:
    return plan.mirrored or {name: market.grid for name, market in MARKETS.items()}


def _replayed(recording: Recording, fills_on_touch: bool) -> Tape:
    name, data, grid = recording.instrument, recording.data, recording.grid
    if isinstance(data, Bars):
        return CandleTape(name, data, grid, fills_on_touch=fills_on_touch)
    return TradeTape(name, data, grid, fills_on_touch=fills_on_touch)


def _exchange(
    plan: Plan, venue: Venue, clock: PacedClock | VirtualClock
) -> tuple[Exchange, Driver]:
    tapes = _tapes(plan, clock)
    grids = {tape.instrument_id: tape.grid for tape in tapes} or _mirrored(plan)
    for name, grid in grids.items():
        # Also over what the journal remembers: a fault may have changed the rules.
        venue.set_instrument(instrument_on(name, grid))
    market, driver = open_market(venue, clock, tapes)
    for account in plan.accounts:
        keys = {account.key: Key(account.secret)}
        venue.ensure_account(account.key, keys=keys, deposits=account.deposits)
    exchange = Exchange(
        venue,
        market,
        token=plan.token,
        source=_shown(plan),
        advance=None if plan.speed else _advance(driver),
        quotas=Quotas(scale=1 if plan.has_limits else 0),
        mirror=Mirror(venue, market, grids) if plan.source == "mirror" else None,
    )
    return exchange, driver


def _shown(plan: Plan) -> str:
    """The source in words for people."""
    words = {
        "random": f"random, seed {plan.seed}",
        "replay": f"replay, limit fill {plan.limit_fill}",
        "mirror": "mirror",
    }
    return f"{words[plan.source]}, speed {plan.speed:g}"


def _advance(driver: Driver) -> Advance:
    async def advance(ms: int) -> None:
        driver.advance(ms)

    return advance
