"""The exchange as a server: on its own, or within a process that has a loop already."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Final

import uvicorn

from apps.markets.simulator.web.asgi import GateApp
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.upkeep import tend

LOOPBACK: Final = "127.0.0.1"
_EXPIRY_S: Final = 5.0


@dataclass
class Simulator:
    """A served exchange. ``port`` 0 takes a free one; ``port`` tells which."""

    exchange: Exchange
    port: int = 0
    host: str = LOOPBACK
    app: GateApp = field(init=False)
    _server: "_Server | None" = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = GateApp(self.exchange)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def rest_url(self) -> str:
        return f"{self.url}/api/v4"

    @property
    def ws_url(self) -> str:
        return f"ws://{self.host}:{self.port}/ws/v4/"

    @property
    def sim_url(self) -> str:
        return f"{self.url}/sim"

    async def start(self) -> None:
        """Listen, on the running loop. Raises OSError when the port is taken."""
        listener = socket.create_server((self.host, self.port), backlog=2048)
        # asyncio does this only for sockets of its own making: without it the end of an
        # answer waits up to 40 ms for the client's word on its beginning.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listener.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                self.app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                date_header=False,
                ws_max_size=2_000_000,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=2,
            )
        )
        self.app.start()
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets=[listener])),
            asyncio.create_task(self._expire()),
        ]
        while not self._server.started:
            if self._tasks[0].done():
                self._tasks[0].result()
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """End all sockets and listen no more. The venue stays open."""
        self.app.stop()
        if self._server is not None:
            self._server.ended.set()
        if self._tasks:
            serving, expiring = self._tasks
            expiring.cancel()
            await asyncio.gather(serving, expiring, return_exceptions=True)
        self._tasks = []

    async def _expire(self) -> None:
        while True:
            tend(self.exchange)
            await asyncio.sleep(_EXPIRY_S)


class _Server(uvicorn.Server):
    """Leaves the signals to whoever owns the process, and sleeps until it is ended.

    uvicorn looks ten times a second whether it should end: on virtual time that would
    be most of what an hour costs.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ended.wait()


@contextlib.asynccontextmanager
async def serve(exchange: Exchange, port: int = 0) -> AsyncIterator[Simulator]:
    """A served exchange for as long as the block lasts."""
    simulator = Simulator(exchange, port)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()
