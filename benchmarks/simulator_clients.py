"""Clients of the simulator in a process of their own: signed orders, open sockets.

``python -m benchmarks.simulator_clients orders|sockets`` reads what to do as JSON on
its input and prints what it saw as JSON. Orders go out as bare HTTP, so that one core
is enough for all of them.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp

from apps.markets.simulator.web.signature import rest_signature

PATH = "/api/v4/spot/orders"
PAIR = "BTC_USDT"


class _Client(asyncio.Protocol):
    """One connection: the next request goes out when the last one is answered."""

    def __init__(self, requests: Iterator[bytes], seen: dict[str, Any]) -> None:
        self.requests, self.seen = requests, seen
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        status = head[9:12].decode()
        self.seen["statuses"][status] = self.seen["statuses"].get(status, 0) + 1
        self.seen["took_ms"].append((time.perf_counter() - self._sent) * 1000)
        self._answer = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server left"))

    def _send(self) -> None:
        request = next(self.requests, b"")
        if request:
            self._sent = time.perf_counter()
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    name = b"content-length:"
    start = head.lower().index(name) + len(name)
    return int(head[start:].split(b"\r\n", 1)[0])


def _signed(key: str, secret: str, order: dict[str, str]) -> bytes:
    body, stamp = json.dumps(order).encode(), str(int(time.time()))
    sign = rest_signature(secret, "POST", PATH, "", body, stamp)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: simulator\r\nContent-Type: application/json\r\n"
        f"KEY: {key}\r\nTimestamp: {stamp}\r\nSIGN: {sign}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _order(number: int, last: float) -> dict[str, str]:
    """Three of four rest in the book, the fourth takes as much out of it again."""
    order = {"currency_pair": PAIR, "text": f"t-{number}"}
    if number % 4 == 3:
        floor = f"{last * 0.85:.1f}"
        return {**order, "side": "sell", "price": floor, "amount": "0.003"}
    price = f"{last * (0.9 + number % 100 / 2000):.1f}"
    return {**order, "side": "buy", "price": price, "amount": "0.001"}


async def _last_price(task: dict[str, Any]) -> float:
    url = f"http://{task['host']}:{task['port']}/api/v4/spot/tickers"
    query = {"currency_pair": PAIR}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, params=query) as answer,
    ):
        return float((await answer.json())[0]["last"])


async def orders(task: dict[str, Any]) -> dict[str, Any]:
    """Place ``orders`` over ``connections``, the accounts taking turns."""
    last, accounts = await _last_price(task), task["accounts"]
    each = task["orders"] // task["connections"]
    # Signed before the clock starts: the server's speed is asked for, not the client's.
    plans = []
    for place in range(task["connections"]):
        key, secret = accounts[place % len(accounts)]
        numbers = range(place * each, place * each + each)
        plans.append([_signed(key, secret, _order(one, last)) for one in numbers])
    loop = asyncio.get_running_loop()
    seen: dict[str, Any] = {"statuses": {}, "took_ms": []}
    began = time.perf_counter()
    clients = [
        await loop.create_connection(_client(plan, seen), task["host"], task["port"])
        for plan in plans
    ]
    await asyncio.gather(*(client.done for _, client in clients))
    seconds = time.perf_counter() - began
    for transport, _ in clients:
        transport.close()
    took = sorted(seen["took_ms"])
    return {
        "per_s": len(took) / seconds,
        "statuses": seen["statuses"],
        "p50_ms": took[len(took) // 2],
        "p99_ms": took[len(took) * 99 // 100],
    }


def _client(plan: list[bytes], seen: dict[str, Any]) -> Callable[[], _Client]:
    return lambda: _Client(iter(plan), seen)


async def sockets(task: dict[str, Any]) -> dict[str, Any]:
    """``count`` sockets that hear every trade of a pair until the server closes them.

    A push is late by what passed since its trade.
    """
    late_ms: list[float] = []
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0)
    ) as session:
        await asyncio.gather(
            *(_hear(session, task, late_ms) for _ in range(task["count"]))
        )
    late_ms.sort()
    return {"heard": len(late_ms), "p99_ms": late_ms[len(late_ms) * 99 // 100]}


async def _hear(
    session: aiohttp.ClientSession, task: dict[str, Any], late_ms: list[float]
) -> None:
    url = f"ws://{task['host']}:{task['port']}/ws/v4/"
    ask = {"time": int(time.time()), "id": 1, "channel": "spot.trades"}
    async with session.ws_connect(url) as socket:
        await socket.send_json({**ask, "event": "subscribe", "payload": [task["pair"]]})
        async for message in socket:
            now_ms = time.time() * 1000
            told = message.json()
            if told["event"] == "update":
                late_ms.append(now_ms - float(told["result"]["create_time_ms"]))


if __name__ == "__main__":
    work = {"orders": orders, "sockets": sockets}[sys.argv[1]]
    print(json.dumps(asyncio.run(work(json.load(sys.stdin)))))
