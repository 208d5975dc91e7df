"""The rate budget: what one decision costs, and what twenty processes make of it.

A decision is timed on a state as full as it gets: a hundred calls in the window and
twenty others waiting. CPU is this process's own, for the time on a busy machine says
little; Redis's round trip is time, because its work is done elsewhere.
"""

import asyncio
import json
import os
import sys
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

from apps.markets.gateways.budget.decision import Ask, Heard, Outcome, Verdict
from apps.markets.gateways.budget.limits import Limit
from apps.markets.gateways.budget.stores.file import FileStore
from apps.markets.gateways.budget.stores.memory import MemoryStore
from apps.markets.gateways.budget.stores.redis import RedisStore
from apps.markets.gateways.budget.stores.store import Store
from apps.markets.gateways.pacing import Priority
from benchmarks.table import Row

REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/7")
DECISIONS = 2_000
PROCESSES = 20
SECONDS = 8.0
LIMIT = Limit("all calls", 100, 10_000)
QUICK = Limit("all calls", 100, 1_000)


class Clock:
    """Stands still while decisions are timed, so that the window stays full."""

    ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.ms


CLOCK = Clock()


def rows() -> list[Row]:
    with TemporaryDirectory(prefix="budget") as folder:
        found = [
            _decision("memory", MemoryStore(CLOCK), 1.0),
            _decision("file", FileStore(Path(folder) / "one.state", CLOCK), None),
        ]
        if not _has_redis():
            return [*found, *_shares("file", str(Path(folder) / "many.state"))]
        key = f"bench-budget:{uuid.uuid4().hex}"
        try:
            found.append(_decision("redis", RedisStore(REDIS, key, CLOCK), 3.0))
            return [*found, *_shares("redis", f"{key}:many")]
        finally:
            with redis.Redis.from_url(REDIS) as client:
                client.delete(key, f"{key}:many")


def _has_redis() -> bool:
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _decision(name: str, store: Store, goal_ms: float | None) -> Row:
    cpu_ms, p50_ms, p99_ms = asyncio.run(_timed(store))
    value = p50_ms if name == "redis" else cpu_ms
    measure = "round trip p50" if name == "redis" else "CPU"
    aim = "shown" if goal_ms is None else f"<= {goal_ms:g} ms"
    return Row(
        f"budget: a decision, {name}, {measure}",
        value,
        "ms",
        goal_ms,
        f"{aim} (p50 {p50_ms:.3f}, p99 {p99_ms:.3f})",
        None if goal_ms is None else value <= goal_ms,
    )


async def _timed(store: Store) -> tuple[float, float, float]:
    """CPU and times of one decision with its answer heard, in milliseconds."""
    await _fill(store)
    times, begun_cpu = [], time.process_time()
    for n in range(DECISIONS):
        begun = time.perf_counter()
        answer = await store.step([], Ask((LIMIT,), f"x{n % 20}", 1, Priority.HISTORY))
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.verdict is Verdict.WAIT
    cpu_ms = (time.process_time() - begun_cpu) * 1000 / DECISIONS
    times.sort()
    return cpu_ms, times[DECISIONS // 2], times[DECISIONS * 99 // 100]


async def _fill(store: Store) -> None:
    """Calls of all priorities, spread over the window as they come in life."""
    for n in range(100):
        CLOCK.ms += 95
        priority = Priority(n % 4)
        asked = await store.step([], Ask((LIMIT,), f"fill{n}", 1, priority))
        heard = Heard((LIMIT,), 1, priority, asked.now_ms, Outcome.ANSWERED)
        await store.step([heard], None)


def _shares(name: str, place: str) -> list[Row]:
    """Twenty processes that all want more than there is."""
    counts, p50_ms = asyncio.run(_crowd(name, place))
    fairness = min(counts) / (sum(counts) / len(counts))
    rate = sum(counts) / SECONDS
    return [
        Row(
            f"budget: least of {PROCESSES} processes against their mean, {name}",
            fairness,
            "x",
            0.5,
            f">= 0.5 (calls each {min(counts)} to {max(counts)}, {rate:.0f}/s of 70)",
            fairness >= 0.5,
        ),
        Row(
            f"budget: a decision under {PROCESSES} processes, {name}, p50",
            p50_ms,
            "ms",
            None,
            "shown",
            None,
        ),
    ]


async def _crowd(name: str, place: str) -> tuple[list[int], float]:
    command = (sys.executable, "-m", "benchmarks.budget", name, place)
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    processes = [
        await asyncio.create_subprocess_exec(*command, **pipes)
        for _ in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout and await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(each.communicate(b"go\n") for each in processes))
    seen = [json.loads(output) for output, _errors in outputs]
    middles = sorted(each["p50_ms"] for each in seen)
    return [each["calls"] for each in seen], middles[len(middles) // 2]


async def _caller(name: str, place: str) -> None:
    """One of the crowd: as many calls as it gets, each answered after 20 ms."""
    store = RedisStore(REDIS, place) if name == "redis" else FileStore(Path(place))
    me, calls, times, notes = uuid.uuid4().hex[:8], 0, [0.0], []
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + SECONDS
    born_ms = 0
    while time.monotonic() < end:
        ask = Ask((QUICK,), f"{me}-{calls}", 1, Priority.HISTORY, born_ms)
        begun = time.perf_counter()
        answer = await store.step(notes, ask)
        times.append((time.perf_counter() - begun) * 1000)
        notes, born_ms = [], answer.born_ms
        if answer.verdict is Verdict.WAIT:
            await asyncio.sleep((answer.until_ms - answer.now_ms) / 1000)
            continue
        calls += 1
        await asyncio.sleep(0.02)
        notes = [Heard((QUICK,), 1, Priority.HISTORY, answer.now_ms, Outcome.ANSWERED)]
    print(json.dumps({"calls": calls, "p50_ms": sorted(times)[len(times) // 2]}))


if __name__ == "__main__":
    asyncio.run(_caller(*sys.argv[1:]))
