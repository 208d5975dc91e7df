"""One receiver for all sockets of a process: a message is taken in once, then shared.

A channel of its own for every socket would decode every message once per client, and
with Redis its queue would grow without end behind a client that does not read.
"""

import asyncio
import logging
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from apps.common.live.publish import group_of

logger = logging.getLogger(__name__)


class Listener(Protocol):
    def heard(self, topic: str, seq: int, frame: str) -> None:
        """An update came; must return at once."""


class Hub:
    """Of one event loop. It is in a topic's group while somebody here listens."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        # Joining and leaving take turns, or a leaver could end what a joiner needs.
        self._turn = asyncio.Lock()
        self._channel = ""
        self._task: asyncio.Task[None] | None = None

    async def join(self, topic: str, listener: Listener) -> None:
        """Updates published from now on are heard. Raises when Redis is away."""
        async with self._turn:
            if topic not in self._listeners:
                await self._open()
                await self._layer.group_add(group_of(topic), self._channel)
                self._listeners[topic] = set()
            self._listeners[topic].add(listener)

    async def leave(self, topic: str, listener: Listener) -> None:
        async with self._turn:
            present = self._listeners.get(topic)
            if present is None:
                return
            present.discard(listener)
            if not present:
                del self._listeners[topic]
                await self._layer.group_discard(group_of(topic), self._channel)
            if not self._listeners:
                await self._close()

    @property
    def _layer(self) -> Any:
        return get_channel_layer()

    async def _open(self) -> None:
        if self._task is not None and not self._task.done():
            return
        self._channel = await self._layer.new_channel()
        self._task = asyncio.create_task(self._receive(self._layer, self._channel))

    async def _close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _receive(self, layer: Any, channel: str) -> None:
        while True:
            message = await layer.receive(channel)
            topic, seq, frame = message["topic"], message["seq"], message["frame"]
            for listener in tuple(self._listeners.get(topic, ())):
                listener.heard(topic, seq, frame)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
