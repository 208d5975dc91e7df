"""A process that calls an exchange within a shared budget, run by test_processes.

Reads its task as JSON from the first line, says "ready", begins at the second line,
and prints how long each of its calls waited, in milliseconds.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from apps.markets.gateways.budget.limits import Limit
from apps.markets.gateways.budget.shared import SharedBudget
from apps.markets.gateways.budget.stores.file import FileStore
from apps.markets.gateways.budget.stores.store import Store
from apps.markets.gateways.pacing import Priority
from apps.markets.simulator.web.signature import rest_signature

CANCEL = "DELETE /spot/orders/{order_id}"
READ = "GET /spot/candlesticks"


class Client:
    """Plain HTTP, so that twenty processes start quickly."""

    def __init__(self, task: dict[str, Any], budget: SharedBudget) -> None:
        self.task = task
        self.budget = budget
        self.waited_ms: list[int] = []

    async def call(self, name: str, path: str, priority: Priority) -> None:
        begun = time.monotonic()
        await self.budget.acquire(name, 1, priority)
        self.waited_ms.append(int((time.monotonic() - begun) * 1000))
        port = self.task["port"]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(self._request(name.split()[0], path).encode())
        head, _, _body = (await reader.read()).decode().lower().partition("\r\n\r\n")
        writer.close()
        lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        self.budget.heard(name, int(lines[0].split()[1]), headers)

    def _request(self, method: str, path: str) -> str:
        key, secret = self.task["key"], self.task["secret"]
        plain, _, query = path.partition("?")
        stamp = str(int(time.time()))
        sign = rest_signature(secret, method, plain, query, b"", stamp)
        return (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
            "Connection: close\r\n"
            f"KEY: {key}\r\nTimestamp: {stamp}\r\nSIGN: {sign}\r\n\r\n"
        )


def store_of(task: dict[str, Any]) -> Store:
    if task["redis"]:
        # Twenty imports of what is not used would keep two cores busy for seconds.
        from apps.markets.gateways.budget.stores.redis import RedisStore

        return RedisStore(task["redis"], task["name"])
    return FileStore(Path(task["name"]))


async def read(client: Client, priority: Priority) -> None:
    while True:
        path = "/api/v4/spot/candlesticks?currency_pair=BTC_USDT&interval=1m"
        await client.call(READ, path, priority)


async def cancels(client: Client, first_s: float, every_s: float) -> None:
    await asyncio.sleep(first_s)
    while True:
        path = "/api/v4/spot/orders/12345?currency_pair=BTC_USDT"
        await client.call(CANCEL, path, Priority.EXIT)
        await asyncio.sleep(every_s)


async def main() -> None:
    task = json.loads(sys.stdin.readline())
    limit = Limit("all calls", task["calls"], task["window_ms"])
    budget = SharedBudget("gate", lambda call: (limit,), store_of(task))
    clients = [Client(task, budget) for _ in range(3)]
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    tasks = [
        asyncio.create_task(read(c, Priority(task["priority"]))) for c in clients[1:]
    ]
    leaving = cancels(clients[0], task["first_s"], task["every_s"])
    tasks.append(asyncio.create_task(leaving))
    done, _ = await asyncio.wait(tasks, timeout=task["seconds"])
    for failed in done:
        failed.result()
    exits, first, second = (client.waited_ms for client in clients)
    print(json.dumps({"exits": exits, "reads": first + second}))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
