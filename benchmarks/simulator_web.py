"""The simulator as its clients feel it: signed orders over REST, pushes to many."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import OrderRequest
from apps.markets.simulator.web.launch import AccountPlan, Plan, running
from apps.markets.simulator.web.server import Simulator
from benchmarks.table import Row

ORDERS = 8_000
GOAL_PER_S = 800.0
ACCOUNTS = [
    AccountPlan(
        f"key{n}", f"secret{n}", {"USDT": Decimal(10**9), "BTC": Decimal(10**6)}
    )
    for n in range(16)
]
PAIR = "NEW_USDT"  # an instrument that no source trades
PRICE = Decimal(2000)
SUBSCRIBERS = 500
PER_S = 5
SECONDS = 10
GOAL_MS = 300.0


def rows() -> list[Row]:
    return [_orders(32), _orders(128), _pushes()]


def _orders(connections: int) -> Row:
    seen = asyncio.run(_place(connections))
    rate, statuses = seen["per_s"], set(seen["statuses"])
    return Row(
        f"simulator: signed REST orders, {connections} connections",
        rate,
        "1/s",
        GOAL_PER_S,
        f">= 800 with the journal on (p99 {seen['p99_ms']:.0f} ms)",
        rate >= GOAL_PER_S and statuses == {"201"},
    )


def _pushes() -> Row:
    seen = asyncio.run(_push())
    p99_ms, sent = seen["p99_ms"], seen["sent"] * SUBSCRIBERS
    return Row(
        f"simulator: {SUBSCRIBERS} sockets x {PER_S}/s, p99",
        p99_ms,
        "ms",
        GOAL_MS,
        f"<= 300 ms from trade to client ({seen['heard']} of {sent} heard)",
        p99_ms <= GOAL_MS and seen["heard"] == sent,
    )


async def _place(connections: int) -> Any:
    async with _simulator() as simulator:
        return await _clients(
            "orders",
            simulator,
            connections=connections,
            orders=ORDERS,
            accounts=[(plan.key, plan.secret) for plan in ACCOUNTS],
        )


async def _push() -> Any:
    """Orders trade at the venue itself; each trade goes to every socket."""
    async with _simulator() as simulator:
        venue = simulator.exchange.venue
        venue.set_instrument(Instrument(PAIR, "NEW", "USDT", 2, 2))
        clients = asyncio.create_task(
            _clients("sockets", simulator, count=SUBSCRIBERS, pair=PAIR)
        )
        hub, sent = simulator.app.sockets.hub, 0
        while not clients.done() and _listeners(hub) < SUBSCRIBERS:
            await asyncio.sleep(0.05)
        for _ in range(PER_S * SECONDS):
            if clients.done():
                break
            venue.make_market(PAIR, ([], [(PRICE, Decimal(5))]))
            buy = OrderRequest(PAIR, "buy", Decimal(1), PRICE)
            sent += venue.place("key0", buy).status == "closed"
            await asyncio.sleep(1 / PER_S)
        await venue.durable()
        hub.close_all()
        return {**(await clients), "sent": sent}


def _listeners(hub: Any) -> int:
    return sum(("spot.trades", PAIR) in session.topics for session in hub.sessions)


@asynccontextmanager
async def _simulator() -> AsyncIterator[Simulator]:
    """As the command runs it, but for the limits."""
    folder = Path(mkdtemp(prefix="simulator"))
    plan = Plan(folder=folder, accounts=ACCOUNTS, has_limits=False)
    try:
        async with running(plan) as simulator:
            yield simulator
    finally:
        shutil.rmtree(folder)


async def _clients(work: str, simulator: Simulator, **task: Any) -> Any:
    """What a process of clients saw. Raises RuntimeError when it failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.simulator_clients", work),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    task |= {"host": simulator.host, "port": simulator.port}
    output, _ = await process.communicate(json.dumps(task).encode())
    if process.returncode:
        raise RuntimeError(f"the clients failed at {work}")
    return json.loads(output)
