"""The one socket: a client subscribes to topics and gets snapshots and updates.

The protocol is in docs/live.md. One thing happens at a time on a socket (``_turn``),
so a snapshot is always sent whole before the updates that continue it.
"""

import asyncio
import contextlib
import logging
import time
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.live import frames, sequence, snapshots
from apps.common.live.access import BEARER, Credentials, in_thread, origin_is_ours
from apps.common.live.publish import adopt_running_loop, group_of

logger = logging.getLogger(__name__)

MAX_TOPICS = 200
LOGIN_REQUIRED = 4401
TOO_FAST = 4429


class Allowance:
    """How many frames a client may send: ``burst`` at once, then ``rate`` a second."""

    def __init__(self, burst: int = 250, rate: float = 20.0) -> None:
        self.burst, self.rate = burst, rate
        self.left, self.at = float(burst), time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        self.left -= 1
        return self.left >= 0


class LiveConsumer(AsyncWebsocketConsumer):
    pulse_s = 5.0
    # Who was signed out or deactivated loses the socket within this time.
    recheck_s = 30.0

    async def connect(self) -> None:
        self.topics: dict[str, int] = {}  # topic: number of the last frame sent
        self.published: dict[str, int] = {}  # the latest numbers as of the last pulse
        self.user: Any = None
        self._turn = asyncio.Lock()
        self._allowance = Allowance()
        self._is_open = False
        self._heart: asyncio.Task[None] | None = None
        adopt_running_loop()
        if not origin_is_ours(self.scope):
            logger.warning("live.foreign_origin")
            await self.close()
            return
        self.credentials = Credentials.of(self.scope)
        code = await self._identify()
        await self.accept(BEARER if self.credentials.is_subprotocol else None)
        self._is_open = True
        if code:
            await self._send_away(code)
        else:
            self._heart = asyncio.create_task(self._beat())

    async def send(self, *args: Any, **kwargs: Any) -> None:
        try:
            await super().send(*args, **kwargs)
        except OSError:
            # The page was closed a moment ago; its disconnect follows.
            self._is_open = False

    async def disconnect(self, code: int) -> None:
        self._is_open = False
        if self._heart:
            self._heart.cancel()
        for topic in self.topics:
            await self.channel_layer.group_discard(group_of(topic), self.channel_name)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if not self._is_open:  # the close is on its way
            return
        if not self._allowance.take():
            await self._end(TOO_FAST, _error("too-fast", _("Too many messages.")))
            return
        try:
            message = frames.parse(text_data)
        except frames.BadMessageError as error:
            await self.send(_error("bad-message", str(error)))
            return
        async with self._turn:
            await self._obey(message)

    async def live_update(self, event: dict[str, Any]) -> None:
        """A message from ``publish``."""
        async with self._turn:
            topic, seq = event["topic"], event["seq"]
            last = self.topics.get(topic)
            if last is None or seq <= last:
                return
            if seq == last + 1:
                self.topics[topic] = seq
                await self.send(event["frame"])
            else:
                # The layer dropped something: guessing is not an option.
                await self._snapshot(topic)

    async def _obey(self, message: dict[str, Any]) -> None:
        if message["op"] == "subscribe":
            await self._subscribe(message["topic"])
        elif message["op"] == "unsubscribe":
            await self._leave(message["topic"])
            await self.send(frames.frame("unsubscribed", topic=message["topic"]))
        else:
            pong = frames.frame("pong", id=message.get("id"), at_ms=clock.now_ms())
            await self.send(pong)

    async def _subscribe(self, topic: str) -> None:
        if topic not in self.topics and len(self.topics) >= MAX_TOPICS:
            rule = _("One connection watches at most %(most)d topics.")
            text = rule % {"most": MAX_TOPICS}
            await self.send(snapshots.refused(topic, "too-many", text).frame)
            return
        # Join first: an update between snapshot and joining would be lost.
        self.topics.setdefault(topic, 0)
        try:
            await self.channel_layer.group_add(group_of(topic), self.channel_name)
        except Exception:  # Redis is away; the client may try again
            logger.exception("live.subscribe_failed", extra={"topic": topic})
            self.topics.pop(topic)
            text = _("This cannot be shown at the moment.")
            await self.send(snapshots.refused(topic, "failed", text).frame)
            return
        await self._snapshot(topic)

    async def _leave(self, topic: str) -> None:
        if self.topics.pop(topic, None) is not None:
            await self.channel_layer.group_discard(group_of(topic), self.channel_name)

    async def _snapshot(self, topic: str) -> None:
        taken = await in_thread(snapshots.take, topic, self.user)
        if taken.is_refused:
            await self._leave(topic)
        else:
            self.topics[topic] = taken.seq
        await self.send(taken.frame)

    async def _beat(self) -> None:
        """Tell the page that the line is alive; notice what it could not."""
        checked_at = time.monotonic()
        while self._is_open:
            await asyncio.sleep(self.pulse_s)
            try:
                async with self._turn:
                    if time.monotonic() - checked_at >= self.recheck_s:
                        if code := await self._identify():
                            await self._send_away(code)
                            return
                        checked_at = time.monotonic()
                    await self._resync()
                    await self.send(frames.frame("pulse", at_ms=clock.now_ms()))
            except Exception:  # the database or Redis is away; the next beat retries
                logger.exception("live.pulse_failed")

    async def _resync(self) -> None:
        """Snapshots for topics whose last update was dropped with none after it."""
        for topic, seq in self.published.items():
            if self.topics.get(topic, seq) < seq:
                await self._snapshot(topic)
        self.published = await in_thread(sequence.known, list(self.topics))

    async def _identify(self) -> str:
        self.user, code = await in_thread(self.credentials.refusal)
        return code

    async def _send_away(self, code: str) -> None:
        text = _("Sign in again.")
        if code == "password-change-required":
            text = _("Replace the one-time password first.")
        refusal = frames.frame("refused", code=code, message=text)
        await self._end(LOGIN_REQUIRED, refusal)

    async def _end(self, close_code: int, last_words: str) -> None:
        self._is_open = False
        with contextlib.suppress(RuntimeError):  # the client may have left meanwhile
            await self.send(last_words)
            await self.close(close_code)


def _error(code: str, message: str) -> str:
    return frames.frame("error", code=code, message=message)
