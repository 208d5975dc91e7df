"""Topics for the tests: a counter, the steps of one, and a room that is broken."""

from asyncio import to_thread
from collections.abc import Iterator
from contextlib import contextmanager

from apps.common.errors import NotFound
from apps.common.live import topics
from apps.common.live.publish import publish

# What the counter shows; ``forbidden`` holds the keys nobody may watch any more.
state: dict[str, int] = {"count": 0}
forbidden: set[str] = set()


@contextmanager
def registered() -> Iterator[None]:
    topics.register("counter", allowed=may_count, snapshot=counted)
    topics.register("steps", allowed=may_count, snapshot=counted, is_whole=False)
    topics.register("broken", allowed=lambda user, key: True, snapshot=broken)
    try:
        yield
    finally:
        for prefix in ("counter", "steps", "broken"):
            topics.unregister(prefix)
        state.update(count=0)
        forbidden.clear()


def may_count(user, key: str) -> bool:
    if key == "gone":
        raise NotFound("no such counter")
    return int(key) != 13 and key not in forbidden


def counted(user, key: str):
    return dict(state)


def broken(user, key: str):
    raise RuntimeError("a room's mistake")


async def told(topic: str, **data) -> None:
    await to_thread(publish, topic, data)
