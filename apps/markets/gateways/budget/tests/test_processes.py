"""Twenty real processes, one budget, and the exchange counts what arrives."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.markets.gateways.budget.tests import redis_here
from apps.markets.simulator.web.launch import AccountPlan, Plan, running
from apps.markets.simulator.web.quotas import Quotas

BASE_DIR = Path(__file__).resolve().parents[5]
CALLERS = 20
CALLS, WINDOW_MS = 100, 10_000
SECONDS = 11.5


@dataclass
class Counter(Quotas):
    """The exchange's count, which refuses nothing: too many would be seen."""

    seen: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(scale=0)

    def count(self, name, who, what, now_s, wall_s, n=1) -> dict[str, str]:
        self.seen.append((now_s, name))
        return super().count(name, who, what, now_s, wall_s, n)

    def fullest(self, window_s: float) -> int:
        times = [at for at, _name in self.seen]
        return max(
            sum(begun <= at < begun + window_s for at in times) for begun in times
        )


@pytest.fixture(params=["file", "redis"])
def shared(request, tmp_path) -> Any:
    """Where the processes keep their budget."""
    if request.param == "file":
        yield {"redis": "", "name": str(tmp_path / "budget" / "gate.state")}
        return
    with redis_here.key() as key:
        yield {"redis": redis_here.URL, "name": key}


@pytest.fixture
async def exchange() -> AsyncIterator[tuple[int, Counter]]:
    account = AccountPlan("key", "secret", {"USDT": Decimal(1000)})
    async with running(Plan(accounts=[account])) as simulator:
        counter = simulator.exchange.quotas = Counter()
        yield simulator.port, counter


async def start(number: int, task: dict[str, Any]) -> Process:
    # Each cancels every 8 s: 25 in 10 s of all, of the 30 that history leaves free.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "apps.markets.gateways.budget.tests.caller"),
        stdin=PIPE,
        stdout=PIPE,
        cwd=BASE_DIR,
    )
    given = {**task, "first_s": 0.4 * number, "every_s": 8.0}
    process.stdin.write(json.dumps(given).encode() + b"\n")
    return process


async def started(
    port: int, shared: dict[str, Any], count: int, **changes: Any
) -> list[Process]:
    task = {"port": port, "key": "key", "secret": "secret", "seconds": SECONDS}
    task |= {"calls": CALLS, "window_ms": WINDOW_MS, "priority": 3, **shared, **changes}
    processes = [await start(number, task) for number in range(count)]
    for process in processes:
        assert await process.stdout.readline() == b"ready\n"
    for process in processes:
        process.stdin.write(b"go\n")
    return processes


async def test_twenty_processes_keep_one_limit_and_cancels_do_not_wait(
    exchange, shared
):
    port, counter = exchange
    processes = await started(port, shared, CALLERS)

    outputs = [(await process.communicate())[0] for process in processes]

    reports = [json.loads(output) for output in outputs]
    exits = [ms for report in reports for ms in report["exits"]]
    reads = [report["reads"] for report in reports]
    # History stops at 70, the exits in them included; later exits come on top.
    assert 75 <= counter.fullest(WINDOW_MS / 1000) <= CALLS
    assert len(exits) >= 25 and max(exits) <= 200
    assert max(map(max, reads)) >= 1_000  # history did wait meanwhile
    assert min(map(len, reads)) >= 2


async def test_processes_killed_at_work_hold_nobody_up(exchange, shared):
    """Orders fill what exits leave, six processes of them; then one is left."""
    port, counter = exchange
    crowd = {"window_ms": 3_000, "priority": 1, "seconds": 7.0}
    processes = await started(port, shared, 6, **crowd)
    await asyncio.sleep(2.0)
    for process in processes[1:]:
        os.kill(process.pid, signal.SIGKILL)
    before = len(counter.seen)

    output, _ = await processes[0].communicate()

    for process in processes[1:]:
        await process.wait()
    assert 85 <= counter.fullest(3.0) <= CALLS
    assert len(counter.seen) - before >= 85  # a window's worth in five seconds
    assert json.loads(output)["exits"][0] <= 200
