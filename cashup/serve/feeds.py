"""The desk's live prices, in a child process that lives while somebody needs them.

The exchange library costs 117 MB that never go away (see docs/decisions/0004), so the
feeds do not share the desk's process. What they tell comes up as lines of JSON, and
the desk, which has the sockets, passes it on. The rows stay the truth.
"""

import asyncio
import json
import logging
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db import connection

from apps.common.live.publish import publish
from apps.markets.services.feeds.demand import is_needed
from apps.markets.services.feeds.quotes import remember
from apps.markets.services.feeds.watchers import Watchers

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
WATCH_EVERY_S: Final = 10.0
# Turning a page must not end it; nobody for so long does.
LINGER_S: Final = 60.0
END_S: Final = 8.0
# A message may be a whole book.
_LONGEST_LINE: Final = 1_000_000


async def feed(ended: asyncio.Event) -> None:
    """Start the child when it is needed, until ``ended``."""
    child = Child()
    watchers = Watchers()
    needed_at = watched_at = float("-inf")
    loop = asyncio.get_running_loop()
    while not ended.is_set():
        try:
            if loop.time() - watched_at >= WATCH_EVERY_S:
                watched_at = loop.time()
                await asyncio.to_thread(_in_database, watchers.renew)
            if await asyncio.to_thread(_in_database, is_needed):
                needed_at = loop.time()
                await child.ensure()
            elif loop.time() - needed_at >= LINGER_S:
                await child.end()
        except Exception:
            logger.exception("feeds.not_looked_after")
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await ended.wait()
    await child.end()


class Child:
    """One ``manage.py feeds --for-desk``, or none."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def ensure(self) -> None:
        if self._process is not None and self._process.returncode is None:
            return
        if self._process is not None:
            logger.warning("feeds.died", extra={"status": self._process.returncode})
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(settings.BASE_DIR / "manage.py")),
            *("feeds", "--for-desk"),
            stdin=PIPE,
            stdout=PIPE,
            limit=_LONGEST_LINE,
        )
        self._hearing = asyncio.create_task(self._hear(self._process))

    async def end(self) -> None:
        """Close its input, which it takes as the word to end."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._hearing is not None:
            await self._hearing

    async def _hear(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            try:
                _take(json.loads(line))
            except Exception:
                logger.exception("feeds.message_failed")


def _take(said: dict[str, Any]) -> None:
    match said:
        case {"topic": topic, "data": data}:
            remember(topic, data)
            publish(topic, data)
        case {"task": task, "args": args, "queue": queue}:
            current_app.send_task(task, args=args, queue=queue, retry=False)


def _in_database(work: Any) -> Any:
    try:
        return work()
    finally:
        connection.close()
