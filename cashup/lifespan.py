"""What a web process does when it starts and ends, whichever server runs it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from apps.common import heartbeats

Message = MutableMapping[str, Any]


async def lifespan(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """ASGI lifespan: the process has a heartbeat while it serves."""
    await receive()
    heart = heartbeats.start("web")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await asyncio.to_thread(heart.stop)
    await send({"type": "lifespan.shutdown.complete"})
