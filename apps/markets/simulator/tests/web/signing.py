"""Requests signed by hand, and sockets without ccxt, for what no client sends."""

import asyncio
import json
import time
from typing import Any

import aiohttp

from apps.markets.simulator.tests.web.exchanges import KEY, SECRET, TOKEN
from apps.markets.simulator.web.server import Simulator
from apps.markets.simulator.web.signature import rest_signature, ws_signature


def signed(
    method: str,
    path: str,
    query: str = "",
    body: bytes = b"",
    *,
    key: str = KEY,
    secret: str = SECRET,
    stamp: str | None = None,
) -> dict[str, str]:
    """The headers of a private request."""
    stamp = stamp or str(int(time.time()))
    sign = rest_signature(secret, method, "/api/v4" + path, query, body, stamp)
    content = "application/json"
    return {"KEY": key, "Timestamp": stamp, "SIGN": sign, "Content-Type": content}


async def call(
    simulator: Simulator,
    method: str,
    path: str,
    *,
    query: str = "",
    body: Any = None,
    headers: dict[str, str] | None = None,
    **signing: Any,
) -> tuple[int, Any, Any]:
    """Status, answer and headers of a signed request; bytes go out as they are."""
    raw = body if isinstance(body, bytes) else b""
    if body is not None and not raw:
        raw = json.dumps(body).encode()
    head = {**signed(method, path, query, raw, **signing), **(headers or {})}
    url = f"{simulator.rest_url}{path}" + (f"?{query}" if query else "")
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=raw or None, headers=head) as answer,
    ):
        return answer.status, json.loads(await answer.read()), answer.headers


async def back_room(
    simulator: Simulator, method: str, path: str, body: Any = None, token: str = TOKEN
) -> tuple[int, Any]:
    """A call to /sim."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method,
            simulator.sim_url + path,
            json=body,
            headers={"X-Sim-Token": token},
        ) as answer,
    ):
        return answer.status, await answer.json()


class Socket:
    """A WebSocket spoken by hand."""

    def __init__(self, simulator: Simulator, path: str = "/ws/v4/") -> None:
        self._url = f"ws://{simulator.host}:{simulator.port}{path}"
        self._number = 0

    async def __aenter__(self) -> "Socket":
        self._session = aiohttp.ClientSession()
        try:
            self.raw = await self._session.ws_connect(self._url)
        except aiohttp.ClientError:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.raw.close()
        await self._session.close()

    async def send(self, **message: Any) -> None:
        await self.raw.send_str(json.dumps(message))

    async def ask(
        self,
        channel: str,
        payload: Any = None,
        *,
        event: str = "subscribe",
        is_signed: bool = False,
        **changes: Any,
    ) -> Any:
        """Send a request and read its answer."""
        self._number += 1
        stamp = int(time.time())
        message = {"time": stamp, "id": self._number, "channel": channel}
        message |= {"event": event, "payload": payload}
        if is_signed:
            sign = ws_signature(SECRET, channel, event, stamp)
            message["auth"] = {"method": "api_key", "KEY": KEY, "SIGN": sign}
        await self.send(**{**message, **changes})
        return await self.read()

    async def read(self, seconds: float = 5) -> Any:
        message = await asyncio.wait_for(self.raw.receive(), seconds)
        if message.type != aiohttp.WSMsgType.TEXT:
            raise ConnectionError(f"closed: {message.type}")
        return json.loads(message.data)

    async def read_push(self, channel: str, seconds: float = 5) -> Any:
        """The result of the next push of a channel."""
        while (message := await self.read(seconds)).get("channel") != channel:
            pass
        return message["result"]
