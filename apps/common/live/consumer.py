"""The one socket: a client subscribes to topics and gets snapshots and updates.

The protocol is in docs/live.md. One thing happens at a time on a socket (``_turn``),
and nothing here waits for the client to read: ``Outgoing`` does.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.live import frames, sequence, snapshots
from apps.common.live.access import BEARER, Credentials, in_thread, origin_is_ours
from apps.common.live.allowance import Allowance
from apps.common.live.hub import hub
from apps.common.live.outgoing import Outgoing, TooSlowError
from apps.common.live.publish import adopt_running_loop
from apps.common.live.topics import find

logger = logging.getLogger(__name__)

MAX_TOPICS = 200
LAST_WORDS_S = 2.0
LOGIN_REQUIRED = 4401
TOO_SLOW = 4408
TOO_FAST = 4429


class LiveConsumer(AsyncWebsocketConsumer):
    # No channel of its own: the hub receives for all sockets.
    channel_layer_alias = ""
    pulse_s = 5.0
    # Who was signed out or deactivated loses the socket within this time.
    recheck_s = 30.0
    # Who takes nothing for so long is gone, or might as well be.
    stuck_s = 30.0

    async def connect(self) -> None:
        self.topics: dict[str, int] = {}  # topic: number of the last frame taken in
        self.published: dict[str, int] = {}  # the latest numbers as of the last pulse
        self.user: Any = None
        self.hub = hub()
        self.outgoing = Outgoing(self._send_text)
        self._turn = asyncio.Lock()
        self._allowance = Allowance()
        self._is_open = False
        self._tasks: set[asyncio.Task[None]] = set()
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
            self._start(self.outgoing.run())
            self._start(self._beat())

    async def disconnect(self, code: int) -> None:
        self._is_open = False
        self.outgoing.stop()
        for task in self._tasks:
            task.cancel()
        for topic in list(self.topics):
            await self._leave(topic)

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
            self._answer(_error("bad-message", str(error)))
            return
        async with self._turn:
            await self._obey(message)

    def heard(self, topic: str, seq: int, frame: str) -> None:
        """An update from the hub."""
        last = self.topics.get(topic)
        if not last or seq <= last:  # 0: its snapshot is on its way, and newer
            return
        found = find(topic)
        if found and found[0].is_whole:
            self.topics[topic] = seq
            self.outgoing.update(topic, seq, frame)
        elif seq == last + 1:
            self.topics[topic] = seq
            self._answer(frame)
        else:
            # The layer dropped something: guessing is not an option.
            self._start(self._refresh(topic))

    async def _obey(self, message: dict[str, Any]) -> None:
        if message["op"] == "subscribe":
            await self._subscribe(message["topic"])
        elif message["op"] == "unsubscribe":
            await self._leave(message["topic"])
            self._answer(frames.frame("unsubscribed", topic=message["topic"]))
        else:
            pong = frames.frame("pong", id=message.get("id"), at_ms=clock.now_ms())
            self._answer(pong)

    async def _subscribe(self, topic: str) -> None:
        if topic not in self.topics and len(self.topics) >= MAX_TOPICS:
            rule = _("One connection watches at most %(most)d topics.")
            text = rule % {"most": MAX_TOPICS}
            self._answer(snapshots.refused(topic, "too-many", text).frame)
            return
        # Join first: an update between snapshot and joining would be lost.
        self.topics.setdefault(topic, 0)
        try:
            await self.hub.join(topic, self)
        except Exception:  # Redis is away; the client may try again
            logger.exception("live.subscribe_failed", extra={"topic": topic})
            self.topics.pop(topic)
            text = _("This cannot be shown at the moment.")
            self._answer(snapshots.refused(topic, "failed", text).frame)
            return
        await self._snapshot(topic)

    async def _leave(self, topic: str) -> None:
        if self.topics.pop(topic, None) is not None:
            self.outgoing.forget(topic)
            await self.hub.leave(topic, self)

    async def _snapshot(self, topic: str) -> None:
        taken = await in_thread(snapshots.take, topic, self.user)
        if taken.is_refused:
            await self._leave(topic)
            self._answer(taken.frame)
        elif topic in self.topics:
            self._show(topic, taken)

    def _show(self, topic: str, taken: snapshots.Taken) -> None:
        found = find(topic)
        if found is None or not found[0].is_whole:
            self.topics[topic] = taken.seq
            self._answer(taken.frame)
        elif taken.seq >= self.topics[topic]:
            self.topics[topic] = taken.seq
            self.outgoing.state(topic, taken.seq, taken.frame)

    async def _refresh(self, topic: str) -> None:
        async with self._turn:
            if topic in self.topics:
                await self._snapshot(topic)

    async def _beat(self) -> None:
        """Tell the page that the line is alive; notice what it could not."""
        checked_at = time.monotonic()
        while self._is_open:
            await asyncio.sleep(self.pulse_s)
            if self.outgoing.stuck_s() > self.stuck_s:
                await self._abandon()
                return
            try:
                async with self._turn:
                    if time.monotonic() - checked_at >= self.recheck_s:
                        if code := await self._identify():
                            await self._send_away(code)
                            return
                        await self._leave_what_was_forbidden()
                        checked_at = time.monotonic()
                    await self._resync()
                    self._answer(frames.frame("pulse", at_ms=clock.now_ms()))
            except Exception:  # the database or Redis is away; the next beat retries
                logger.exception("live.pulse_failed")

    async def _resync(self) -> None:
        """Snapshots for topics whose last update was dropped with none after it."""
        for topic, seq in self.published.items():
            if self.topics.get(topic, seq) < seq:
                await self._snapshot(topic)
        self.published = await in_thread(sequence.known_lately, list(self.topics))

    async def _identify(self) -> str:
        self.user, code = await in_thread(self.credentials.refusal)
        return code

    async def _leave_what_was_forbidden(self) -> None:
        for topic in await in_thread(snapshots.lost, list(self.topics), self.user):
            await self._leave(topic)
            text = _("You may not watch this.")
            self._answer(snapshots.refused(topic, "not-allowed", text).frame)

    async def _send_away(self, code: str) -> None:
        text = _("Sign in again.")
        if code == "password-change-required":
            text = _("Replace the one-time password first.")
        refusal = frames.frame("refused", code=code, message=text)
        await self._end(LOGIN_REQUIRED, refusal)

    def _answer(self, frame: str) -> None:
        try:
            self.outgoing.answer(frame)
        except TooSlowError:
            if self._is_open:
                self._start(self._abandon())

    async def _send_text(self, frame: str) -> None:
        try:
            await self.send(frame)
        except (OSError, RuntimeError):
            # The page was closed a moment ago; its disconnect follows.
            self._is_open = False

    async def _end(self, close_code: int, last_words: str) -> None:
        self._is_open = False
        self._stop_sending()
        # Last words wait behind what a client has not read yet; not for ever.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._send_text(last_words)
        await self._close(close_code)

    async def _abandon(self) -> None:
        """A client that reads nothing: no words would reach it."""
        self._is_open = False
        logger.warning("live.too_slow")
        self._stop_sending()
        await self._close(TOO_SLOW)

    async def _close(self, code: int) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # it may have left meanwhile
            await self.close(code)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop_sending(self) -> None:
        self.outgoing.stop()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()


def _error(code: str, message: str) -> str:
    return frames.frame("error", code=code, message=message)
