"""The simulated exchange inside the one process, on a loopback port of its own."""

import asyncio
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from apps.common import heartbeats
from apps.common.memory import give_back
from apps.markets.back_room import KIND
from apps.markets.simulator.core.quirks import Quirks

logger = logging.getLogger(__name__)

SEED = 42
DEPOSITS = {"USDT": Decimal(100_000)}


async def simulate(ended: asyncio.Event, began: Callable[[], object]) -> None:
    """Run it until ``ended``. The desk goes on without it when it cannot start.

    ``began`` is called in a thread once the exchange can be asked.
    """
    try:
        await _simulate(ended, began)
    except Exception:
        logger.exception("simulator.ended")


async def _simulate(ended: asyncio.Event, began: Callable[[], object]) -> None:
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
        # A demo wants a month of minutes; Gate.io itself shows a week of them.
        quirks=Quirks(candle_reach=0),
    )
    async with launch.running(plan) as simulator:
        url = f"http://{simulator.host}:{simulator.port}"
        heart = await asyncio.to_thread(heartbeats.start, KIND, url=url)
        logger.info("simulator.started", extra={"url": url, "seed": SEED})
        await asyncio.to_thread(_tell, url, began)
        # Weeks of minutes were made to open with; what that took is not needed again.
        await asyncio.to_thread(give_back)
        await ended.wait()
        await asyncio.to_thread(heart.stop)


def _tell(url: str, began: Callable[[], object]) -> None:
    # The heart's own first beat may come later than who is called here looks for it.
    try:
        heartbeats.beat(KIND, url=url)
        began()
    finally:
        connection.close()


def _launch() -> Any:
    from apps.markets.simulator.web import launch

    return launch
