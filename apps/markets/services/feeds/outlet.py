"""From the feeds' loop to pages: a thread that sends the newest state of each topic.

The cache and Redis block, and a loop that reads thousands of messages a second must
not. What is overtaken while the thread is busy is not sent at all, so it never falls
behind by more than one round.
"""

import threading
from typing import Any

from apps.common.live.mode import is_embedded
from apps.common.live.publish import publish
from apps.markets.services.feeds.quotes import remember


class Outlet:
    """``put`` from anywhere; ``stop`` sends what is left."""

    def __init__(self) -> None:
        self._newest: dict[str, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._is_ending = False
        self._thread = threading.Thread(
            target=self._run, name="feed-outlet", daemon=True
        )
        self._thread.start()

    def put(self, topic: str, data: dict[str, Any]) -> None:
        with self._changed:
            self._newest[topic] = data
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._newest and not self._is_ending:
                    self._changed.wait()
                if not self._newest:
                    return
                batch, self._newest = self._newest, {}
            for topic, data in batch.items():
                _send(topic, data)


def _send(topic: str, data: dict[str, Any]) -> None:
    if not is_embedded():
        # Before it is told: a snapshot must not be older than its number.
        _remembered(topic, data)
    publish(topic, data)


def _remembered(topic: str, data: dict[str, Any]) -> None:
    try:
        remember(topic, data)
    except Exception:  # Redis is away: ``publish`` logs and counts it
        return
