"""Real sockets: the simulator's address, and servers that misbehave on their own."""

import asyncio
import contextlib
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

from apps.markets.gateways.types import Credentials
from apps.markets.gateways.venues import Venue
from apps.markets.simulator.tests.web.exchanges import (
    KEY,
    READ_KEY,
    READ_SECRET,
    SECRET,
)
from apps.markets.simulator.web.server import Simulator

Serve = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def home(simulator: Simulator) -> Venue:
    return Venue("gateio", simulator.rest_url, simulator.ws_url, is_simulator=True)


def credentials() -> Credentials:
    return Credentials(KEY, SECRET)


def reading_credentials() -> Credentials:
    return Credentials(READ_KEY, READ_SECRET)


@contextlib.asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    """A server's address; it treats each request, given its head, by ``serve``."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await serve(await reader.readuntil(b"\r\n\r\n"), writer)
                await writer.drain()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()


def http(body: bytes, status: str = "200 OK", *more: str) -> bytes:
    """A whole answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


def all_that_is_told(error: BaseException) -> str:
    """Everything a log, a page or a debugger could show of an error."""
    parts = [repr(error), str(error), *traceback.format_exception(error)]
    seen: BaseException | None = error
    while seen is not None:
        parts += [repr(seen), str(seen.args), str(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(parts)
