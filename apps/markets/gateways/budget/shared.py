"""A gateway's side of the budget: waits for its turn, and passes on what it heard.

Of the calls that wait in one process for the same limits at the same priority, one
asks the store at a time; so a process with a hundred calls to make takes turns with
one that has a single one.
"""

import asyncio
import logging
import random
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import uuid4

from apps.common.clock import iso, now_ms
from apps.common.wording import gettext as _
from apps.markets.gateways import endpoints
from apps.markets.gateways.budget import headers as heads
from apps.markets.gateways.budget.decision import (
    Answer,
    Ask,
    Heard,
    Left,
    Note,
    Verdict,
)
from apps.markets.gateways.budget.limits import Limit, Rules
from apps.markets.gateways.budget.stores.store import Store
from apps.markets.gateways.errors import RateLimited
from apps.markets.gateways.pacing import Priority

logger = logging.getLogger(__name__)

# A grant nobody answered for is forgotten here; the store has let it run out by then.
_FORGOTTEN_S: Final = 60.0


class _Grant(NamedTuple):
    at_s: float
    granted_ms: int
    limits: tuple[Limit, ...]
    weight: int
    priority: Priority


class SharedBudget:
    """The budget of one exchange, for one event loop. See ``pacing.Budget``."""

    def __init__(self, exchange: str, rules: Rules, store: Store) -> None:
        self._exchange = exchange
        self._rules = rules
        self._store = store
        self._id = uuid4().hex[:8]
        self._tickets = 0
        self._lanes: dict[tuple[Priority, tuple[Limit, ...]], asyncio.Lock] = {}
        self._granted: dict[str, deque[_Grant]] = defaultdict(deque)
        self._notes: list[Note] = []
        self._telling: asyncio.Task[None] | None = None

    async def acquire(self, call: str, weight: int, priority: Priority) -> None:
        """Return when the call may go. Raises RateLimited while the circuit is open."""
        limits = self._rules(call)
        lane = self._lanes.setdefault((priority, limits), asyncio.Lock())
        async with lane:
            answer = await self._admission(limits, weight, priority)
        if answer.verdict is Verdict.STOP:
            raise self._stopped(call, answer)
        granted = self._granted[call]
        at_s = time.monotonic()
        while granted and granted[0].at_s < at_s - _FORGOTTEN_S:
            granted.popleft()
        granted.append(_Grant(at_s, answer.now_ms, limits, weight, priority))

    async def _admission(
        self, limits: tuple[Limit, ...], weight: int, priority: Priority
    ) -> Answer:
        self._tickets += 1
        ticket = f"{self._id}-{self._tickets}"
        born_ms = 0
        try:
            while True:
                ask = Ask(limits, ticket, weight, priority, born_ms)
                answer = await self._step(ask)
                if answer.verdict is not Verdict.WAIT:
                    return answer
                born_ms = answer.born_ms
                await asyncio.sleep((answer.until_ms - answer.now_ms) / 1000)
        except BaseException:
            # Given up: nobody need leave room for this one. Told with the next word; at
            # the end of a loop there is none, and the ticket runs out.
            self._notes.append(Left(limits, ticket))
            raise

    def _stopped(self, call: str, answer: Answer) -> RateLimited:
        until_ms = now_ms() + answer.until_ms - answer.now_ms
        message = _("%(exchange)s keeps us out until %(until)s; nothing was sent")
        facts = {"exchange": self._exchange, "until": iso(until_ms)}
        return RateLimited(
            message % facts,
            until_ms=until_ms,
            is_ban=True,
            exchange=self._exchange,
            call=call,
        )

    def heard(self, call: str, status: int, headers: Mapping[str, str]) -> None:
        """Note what came back; it reaches the others a moment later."""
        try:
            self._notes.append(self._note(call, status, headers))
            self._tell_soon()
        except Exception:
            # The caller is in the middle of its own work; pacing must not break it.
            logger.exception("budget.not_heard", extra={"call": call})

    def _note(self, call: str, status: int, headers: Mapping[str, str]) -> Heard:
        granted = self._granted.get(call)
        # The oldest of equal calls: whichever it was, not too little stays counted.
        if granted:
            grant = granted.popleft()
        else:
            grant = _Grant(0.0, 0, self._rules(call), 1, Priority.HISTORY)
        is_public = endpoints.priority_of(call) is Priority.HISTORY
        told = heads.read(call, status, headers, grant.limits, is_public=is_public)
        return Heard(
            grant.limits,
            grant.weight,
            grant.priority,
            grant.granted_ms,
            told.outcome,
            told.remaining,
            told.pause_ms,
            random.random(),  # noqa: S311
        )

    def _tell_soon(self) -> None:
        if self._telling is None or self._telling.done():
            loop = asyncio.get_running_loop()
            self._telling = loop.create_task(self._tell())

    async def _tell(self) -> None:
        while self._notes:
            try:
                await self._step(None)
            except Exception:
                logger.exception("budget.not_told")
                return

    async def _step(self, ask: Ask | None) -> Answer:
        notes, self._notes = self._notes, []
        try:
            return await self._store.step(notes, ask)
        except asyncio.CancelledError:
            self._notes = notes + self._notes
            raise
