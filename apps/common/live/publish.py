"""Telling live pages: ``publish(topic, data)`` from any thread, process or coroutine.

Embedded, a message must reach the channel layer on the loop that serves the
sockets: its queues are not thread-safe, and a send from elsewhere would not wake
that loop. With Redis every process reaches every socket.
"""

import asyncio
import hashlib
import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from apps.common.live import frames, sequence
from apps.common.live.mode import is_embedded

logger = logging.getLogger(__name__)

# How many messages were handed over, and how many could not be: for metrics.
counts: Counter[str] = Counter()

_main_loop: asyncio.AbstractEventLoop | None = None
_relay: Callable[[str, dict[str, Any]], None] | None = None
# Numbering and handing over are one step, or two threads could swap their messages.
_in_order = threading.Lock()
# Redis calls block, so coroutines leave them to this one thread, which keeps order.
_for_coroutines = ThreadPoolExecutor(1, thread_name_prefix="live-publish")


def set_main_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """The loop that serves the sockets; None when it stops."""
    global _main_loop
    _main_loop = loop


def set_relay(relay: Callable[[str, dict[str, Any]], None] | None) -> None:
    """Who carries messages to the process with the sockets, for a child of it."""
    global _relay
    _relay = relay


def adopt_running_loop() -> None:
    """For servers that nobody introduced: the loop of the first socket is the one."""
    if _loop() is None:
        set_main_loop(asyncio.get_running_loop())


def publish(topic: str, data: dict[str, Any]) -> None:
    """Send ``data`` to the topic's subscribers; call it after the commit.

    At most five times a second and topic is the caller's part. Never raises and
    never waits for a subscriber: a failure is logged and counted, and pages
    recover from it by a snapshot. In a process without sockets, without Redis and
    without a relay there is nobody to tell.
    """
    if is_embedded():
        if _loop():
            _guarded(topic, data)
        elif _relay is not None:
            _relay(topic, data)
    elif _is_on_a_loop():
        _for_coroutines.submit(_guarded, topic, data)
    else:
        _guarded(topic, data)


def publish_on_commit(topic: str, data: dict[str, Any]) -> None:
    """``publish`` once the open transaction is committed; at once without one."""
    transaction.on_commit(partial(publish, topic, data), robust=True)


def group_of(topic: str) -> str:
    """The channel layer's name for a topic: only letters, digits and dots fit."""
    return f"live.{hashlib.sha256(topic.encode()).hexdigest()[:40]}"


def _guarded(topic: str, data: dict[str, Any]) -> None:
    try:
        _send(topic, data)
    except Exception:  # whatever breaks here must not break the work being told of
        _failed(topic)


def _send(topic: str, data: dict[str, Any]) -> None:
    encoded = frames.encode(data)  # first, so that what is no JSON uses up no number
    with _in_order:
        seq = sequence.following(topic)
        text = frames.state("update", topic, seq, encoded)
        message = {"type": "live.update", "topic": topic, "seq": seq, "frame": text}
        _hand_over(topic, message)
    counts["published"] += 1


def _hand_over(topic: str, message: dict[str, Any]) -> None:
    layer, loop = get_channel_layer(), _loop()
    if loop is None:
        async_to_sync(layer.group_send)(group_of(topic), message)
        return
    sending = layer.group_send(group_of(topic), message)
    future = asyncio.run_coroutine_threadsafe(sending, loop)
    future.add_done_callback(partial(_look_at, topic))


def _look_at(topic: str, future: "Future[None]") -> None:
    if not future.cancelled() and (error := future.exception()):
        _failed(topic, error)


def _failed(topic: str, error: BaseException | None = None) -> None:
    counts["failed"] += 1
    logger.warning(
        "live.publish_failed", extra={"topic": topic}, exc_info=error or True
    )


def _loop() -> asyncio.AbstractEventLoop | None:
    return _main_loop if _main_loop and _main_loop.is_running() else None


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
