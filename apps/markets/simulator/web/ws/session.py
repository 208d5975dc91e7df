"""One client's socket: what it hears, and a writer that never holds others up."""

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, field
from typing import Final

from apps.markets.simulator.web.asgi_types import Send

# A client that is this far behind is let go, as an exchange does.
MOST_WAITING: Final = 20_000
Topic = tuple[str, ...]


@dataclass(eq=False)
class Session:
    """``topics`` are what it subscribed to; ``keys`` the API keys it showed."""

    send: Send
    conn_id: str = field(default_factory=lambda: secrets.token_hex(8))
    topics: set[Topic] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    is_stalled: bool = False
    is_closed: bool = False
    _waiting: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)

    def push(self, text: str) -> None:
        """Queue a message; a stalled socket swallows it."""
        if self.is_stalled or self.is_closed:
            return
        if self._waiting.qsize() >= MOST_WAITING:
            self.close()
            return
        self._waiting.put_nowait(text)

    def close(self) -> None:
        """Close the socket after what is queued."""
        if not self.is_closed:
            self.is_closed = True
            self._waiting.put_nowait(None)

    async def write(self) -> None:
        """Send what is queued until the socket is closed from either side."""
        while (text := await self._waiting.get()) is not None:
            try:
                await self.send({"type": "websocket.send", "text": text})
            except Exception:
                # Each server has its own error for a peer that is gone.
                self.is_closed = True
                return
        with contextlib.suppress(Exception):
            await self.send({"type": "websocket.close", "code": 1001})
