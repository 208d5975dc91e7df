"""Calls of a download: a few at once, and again when that may help."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

from apps.common import clock
from apps.markets.gateways import pacing
from apps.markets.gateways.errors import GatewayError, RateLimited
from apps.markets.history import backoff

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# More would only wait for the budget; with fewer a slow line is not filled.
AT_ONCE: Final = 16
# An exchange that says "later" for so long is given up.
PATIENCE_S: Final = 900.0


@dataclass(slots=True)
class Tally:
    """What one series has cost and brought so far."""

    calls: int = 0
    calls_in_all: int = 0
    retries: int = 0
    added: int = 0
    refused: int = 0


class Calls:
    """One gateway's calls, in the last rank of its budget."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._quiet_until = 0.0  # of the loop's clock: nobody asks before

    async def ask(self, call: Callable[[], Awaitable[Answer]], tally: Tally) -> Answer:
        """Its answer. Raises GatewayError when asking again has not helped."""
        async with self._slots:
            failures, since = 0, asyncio.get_running_loop().time()
            while True:
                await self._silence()
                try:
                    with pacing.at(pacing.Priority.HISTORY):
                        return await call()
                except RateLimited as error:
                    self._keep_quiet(error, since)
                except GatewayError as error:
                    failures += 1
                    if not error.is_repeatable or failures >= backoff.ATTEMPTS:
                        raise
                    await asyncio.sleep(backoff.wait_s(failures, self._random))
                tally.retries += 1

    async def _silence(self) -> None:
        now = asyncio.get_running_loop().time()
        while now < self._quiet_until:
            # Not all at the same moment: that would be the next storm.
            await asyncio.sleep(self._quiet_until - now + self._random.uniform(0, 0.2))
            now = asyncio.get_running_loop().time()

    def _keep_quiet(self, error: RateLimited, since: float) -> None:
        """Until the exchange hears again, for every call. Raises it when too long."""
        wait_s = max(error.until_ms - clock.now_ms(), 0) / 1000
        until = asyncio.get_running_loop().time() + wait_s
        if until - since > PATIENCE_S:
            raise error
        self._quiet_until = max(self._quiet_until, until)
        logger.info("download.rate_limited", extra={"wait_s": round(wait_s, 1)})
