"""Waiting in tests: for a condition, or for a push that something else causes."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE_S = 10.0
# Long enough for a subscription to be acknowledged on a busy machine.
SUBSCRIBED_S = 0.4


async def until(condition: Callable[[], object]) -> None:
    """Return when the condition holds. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


async def meanwhile(watch: Awaitable[Any], cause: Callable[[], Any]) -> Any:
    """What ``watch`` gives after ``cause`` happened."""
    watching = asyncio.ensure_future(watch)
    await asyncio.sleep(SUBSCRIBED_S)
    done = cause()
    if inspect.isawaitable(done):
        await done
    return await asyncio.wait_for(watching, PATIENCE_S)
