"""The simulated exchange inside the one process, on a loopback port of its own."""

import asyncio
import logging
from decimal import Decimal
from typing import Any

from django.conf import settings

from apps.common import heartbeats
from apps.markets.back_room import KIND

logger = logging.getLogger(__name__)

SEED = 42
DEPOSITS = {"USDT": Decimal(100_000)}


async def simulate(ended: asyncio.Event) -> None:
    """Run it until ``ended``. The desk goes on without it when it cannot start."""
    try:
        await _simulate(ended)
    except Exception:
        logger.exception("simulator.ended")


async def _simulate(ended: asyncio.Event) -> None:
    # Imported here and in a thread: the first page must not wait for it.
    launch = await asyncio.to_thread(_launch)
    plan = launch.Plan(
        folder=settings.VAR_DIR / "simulator",
        source="random",
        seed=SEED,
        accounts=[
            launch.AccountPlan("desk", settings.SIMULATOR_ACCOUNT_SECRET, DEPOSITS)
        ],
        token=settings.SIMULATOR_TOKEN,
    )
    async with launch.running(plan) as simulator:
        url = f"http://{simulator.host}:{simulator.port}"
        heart = await asyncio.to_thread(heartbeats.start, KIND, url=url)
        logger.info("simulator.started", extra={"url": url, "seed": SEED})
        await ended.wait()
        await asyncio.to_thread(heart.stop)


def _launch() -> Any:
    from apps.markets.simulator.web import launch

    return launch
