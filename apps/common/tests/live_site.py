"""A real server in a thread, and clients that speak the live protocol to it."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import uvicorn
import websockets
from channels.routing import get_default_application
from django.conf import settings
from django.test import Client

from apps.common.live.access import in_thread


@contextmanager
def running_server() -> Iterator[int]:
    """Serve the whole application on a free port; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        get_default_application(), lifespan="off", log_level="warning"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


class LiveClient:
    """One connection; pulses are left out unless asked for."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def say(self, text: str | bytes) -> dict[str, Any]:
        await self.connection.send(text)
        return await self.next()

    async def ask(self, op: str, topic: str) -> dict[str, Any]:
        await self.send(op=op, topic=topic)
        return await self.next()

    async def next(
        self, *, pulses: bool = False, within_s: float = 5
    ) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            while True:
                message: dict[str, Any] = json.loads(await self.connection.recv())
                if pulses or message["type"] != "pulse":
                    return message

    async def is_silent(self, for_s: float = 0.3) -> bool:
        try:
            await self.next(within_s=for_s)
        except TimeoutError:
            return True
        return False

    async def closed_with(self) -> int:
        async with asyncio.timeout(5):
            await self.connection.wait_closed()
        code: int = self.connection.close_code
        return code


class LiveSite:
    """Where the server is, and how to reach it as somebody."""

    def __init__(self, port: int) -> None:
        self.url = f"ws://127.0.0.1:{port}/ws/live/"
        self.origin = f"http://127.0.0.1:{port}"

    @asynccontextmanager
    async def open(self, **options: Any) -> AsyncIterator[LiveClient]:
        values = {"origin": self.origin, "proxy": None, **options}
        async with websockets.connect(self.url, **values) as connection:
            yield LiveClient(connection)

    @asynccontextmanager
    async def open_as(self, user: Any, **options: Any) -> AsyncIterator[LiveClient]:
        cookie = await in_thread(cookie_of, user)
        async with self.open(additional_headers={"Cookie": cookie}, **options) as live:
            yield live

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        with running_server() as port:
            yield cls(port)


def cookie_of(user: Any) -> str:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"
