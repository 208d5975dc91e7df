"""Live pages: how old a price is when it reaches the last of 500 clients, on Redis."""

import asyncio
import json
import os
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import redis

from benchmarks.live_clients import Client, connected, deafen
from benchmarks.live_server import TOPICS
from benchmarks.table import Row

REDIS = "redis://127.0.0.1:6379/8"
CLIENTS = 500
ROUNDS = 50  # ten seconds
DEAF = 25
GOAL_MS = 300.0
GOAL_COST = 0.10


def rows() -> list[Row]:
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=0.5).ping()
    except redis.RedisError:
        return []
    return asyncio.run(_measured())


async def _measured() -> list[Row]:
    async with _server() as server:
        empty = await server.ask(measure=True)
        clients = await connected(CLIENTS, server.token, server.port, TOPICS)
        full = await server.ask(measure=True)
        await server.ask(publish=5)  # warm
        alone = await _round(server, clients)
        deaf = await connected(DEAF, server.token, server.port, TOPICS)
        for client in deaf:
            await deafen(client)
        beside = await _round(server, clients)
    cost = beside["cpu_s"] / alone["cpu_s"] - 1
    memory = (full["rss_kb"] - empty["rss_kb"]) / CLIENTS
    name = f"live: {CLIENTS} clients x {len(TOPICS)} topics x 5/s"
    return [
        Row(
            f"{name}, p99",
            alone["p99_ms"],
            "ms",
            GOAL_MS,
            f"<= 300 ms on Redis ({alone['heard']:,} heard)",
            alone["p99_ms"] <= GOAL_MS,
        ),
        Row(f"{name}, memory a client", memory, "KB", None, "shown", None),
        Row(
            f"{name}, CPU a client",
            alone["cpu_s"] / CLIENTS / (ROUNDS / 5) * 1000,
            "ms/s",
            None,
            "shown",
            None,
        ),
        Row(
            f"live: CPU that {DEAF} clients who read nothing cost the others",
            cost,
            "share",
            None,
            "<= 0.10",
            cost <= GOAL_COST,
        ),
    ]


async def _round(server: "_Server", clients: list[Client]) -> dict[str, float]:
    """Ten seconds of prices: the server's CPU time, and the ages on arrival."""
    before = await server.ask(measure=True)
    for client in clients:
        client.ages_ms.clear()
    await server.ask(publish=ROUNDS)
    await asyncio.sleep(1)
    after = await server.ask(measure=True)
    ages = sorted(age for client in clients for age in client.ages_ms)
    return {
        "cpu_s": after["cpu_s"] - before["cpu_s"],
        "p99_ms": ages[int(len(ages) * 0.99)],
        "heard": len(ages),
    }


class _Server:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def start(self) -> None:
        said = await self.hear()
        self.port, self.token = said["port"], said["token"]

    async def ask(self, **asked: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        await self.process.stdin.drain()
        return await self.hear()

    async def hear(self) -> Any:
        assert self.process.stdout is not None
        async with asyncio.timeout(90):
            return json.loads(await self.process.stdout.readline())


@asynccontextmanager
async def _server() -> AsyncIterator[_Server]:
    namespace = f"bench-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as var:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.live_server"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "CASHUP_VAR": var,
                "DJANGO_SETTINGS_MODULE": "cashup.settings.local",
                "REDIS_URL": REDIS,
                "CASHUP_NAMESPACE": namespace,
                "LOG_LEVEL": "ERROR",
            },
        )
        server = _Server(process)
        try:
            await server.start()
            yield server
        finally:
            process.kill()
            await process.wait()
            _forget(namespace)


def _forget(namespace: str) -> None:
    server = redis.Redis.from_url(REDIS)
    for key in server.scan_iter(f"{namespace}*"):
        server.delete(key)
