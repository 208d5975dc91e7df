"""The state in Redis, for every process of every machine: one script, one round trip.

The script runs alone, by the server's clock. Keys fade when nobody calls any more.
"""

import asyncio
import json
import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript

from apps.markets.gateways.budget import decision, state
from apps.markets.gateways.budget.decision import (
    Answer,
    Ask,
    Heard,
    Left,
    Note,
    Outcome,
    Verdict,
)
from apps.markets.gateways.budget.limits import PACE_STEPS, Limit
from apps.markets.gateways.budget.state import Breaker
from apps.markets.gateways.budget.stores.store import View, named_in, seen

# Slower than this is as good as away: the machine's own file decides then.
_TIMEOUT_S: Final = 1.0
_LIFE_MS: Final = 3_600_000
_SCRIPT: Final = Path(__file__).with_name("decide.lua").read_text(encoding="utf-8")
_CONSTANTS: Final = {
    "flight": state.FLIGHT_MS,
    "nap": decision.NAP_MS,
    "shortest": decision.SHORTEST_MS,
    "late": decision.LATE_MS,
    "grace": decision.GRACE_MS,
    "back_off": decision.BACK_OFF_MS,
    "longest_back_off": decision.LONGEST_BACK_OFF_MS,
    "patience": decision.PATIENCE_MS,
    "ban": decision.BAN_MS,
    "longest_ban": decision.LONGEST_BAN_MS,
    "steady": decision.STEADY_MS,
    "pace_steps": PACE_STEPS,
    **{outcome.name.lower(): int(outcome) for outcome in Outcome},
    **{verdict.name.lower(): int(verdict) for verdict in Verdict},
}


class RedisStore:
    """``clock`` stands in for the server's, in tests."""

    def __init__(
        self, url: str, key: str, clock: Callable[[], int] | None = None
    ) -> None:
        self._url = url
        self._key = key
        self._clock = clock

    async def step(self, notes: Sequence[Note], ask: Ask | None) -> Answer:
        """Raises OSError when Redis is away, or fails."""
        limits = list(named_in(notes, ask).values())
        places = {limit.name: n for n, limit in enumerate(limits, start=1)}
        words = {
            "limits": [_limit(limit) for limit in limits],
            "notes": [_note(note, places) for note in notes],
            "ask": _ask(ask, places) if ask is not None else None,
            "now_ms": self._clock() if self._clock else 0,
            "life_ms": _LIFE_MS,
            "constants": _CONSTANTS,
        }
        script = await _script(self._url)
        try:
            # The client's own time-out swallows a cancellation now and then before
            # Python 3.12 (asyncio.wait_for), and the caller would never end.
            async with asyncio.timeout(_TIMEOUT_S):
                row = await script(keys=[self._key], args=[json.dumps(words)])
        except redis.RedisError as error:
            raise ConnectionError(str(error) or type(error).__name__) from error
        verdict, now_ms, until_ms, born_ms = row
        return Answer(Verdict(verdict), now_ms, until_ms, born_ms)

    def look(self) -> View:
        options: dict[str, Any] = {
            "socket_timeout": _TIMEOUT_S,
            "socket_connect_timeout": _TIMEOUT_S,
        }
        try:
            with redis.Redis.from_url(self._url, **options) as client:
                kept: Any = client.hgetall(self._key)
                seconds, micros = client.time()
        except redis.RedisError as error:
            raise ConnectionError(str(error) or type(error).__name__) from error
        now_ms = self._clock() if self._clock else seconds * 1000 + micros // 1000
        breaker = Breaker.load(json.loads(kept.pop(b"", b"null")))
        groups = (
            seen(name.decode(), json.loads(row), now_ms)
            for name, row in sorted(kept.items())
        )
        return View("redis", now_ms, breaker, tuple(groups))


def _limit(limit: Limit) -> dict[str, Any]:
    return {
        "name": limit.name,
        "calls": limit.calls,
        "window_ms": limit.window_ms,
        "step_ms": limit.step_ms,
        "ceilings": limit.ceilings,
        "floors": limit.floors,
        "pace": limit.pace,
    }


def _note(note: Note, places: dict[str, int]) -> dict[str, Any]:
    limits = [places[limit.name] for limit in note.limits]
    if isinstance(note, Left):
        return {"limits": limits, "ticket": note.ticket}
    return {"limits": limits, **_heard(note)}


def _heard(heard: Heard) -> dict[str, Any]:
    return {
        "weight": heard.weight,
        "priority": int(heard.priority),
        "granted_ms": heard.granted_ms,
        "outcome": int(heard.outcome),
        "remaining": heard.remaining,
        "told_ms": heard.told_ms,
        "draw": heard.draw,
    }


def _ask(ask: Ask, places: dict[str, int]) -> dict[str, Any]:
    return {
        "limits": [places[limit.name] for limit in ask.limits],
        "ticket": ask.ticket,
        "weight": ask.weight,
        "priority": int(ask.priority),
        "born_ms": ask.born_ms,
    }


# A connection belongs to the loop that opened it.
_Loop = asyncio.AbstractEventLoop
_open: "weakref.WeakKeyDictionary[_Loop, dict[str, AsyncScript]]"
_open = weakref.WeakKeyDictionary()
_kept: "weakref.WeakKeyDictionary[_Loop, list[AsyncIterator[None]]]"
_kept = weakref.WeakKeyDictionary()


async def _script(url: str) -> AsyncScript:
    loop = asyncio.get_running_loop()
    scripts = _open.setdefault(loop, {})
    if url not in scripts:
        client = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=None,
            socket_connect_timeout=None,
            # Once more at once: the connection may be from before a restart there.
            retry=Retry(NoBackoff(), 1),
        )
        scripts[url] = client.register_script(_SCRIPT)
        closing = _closing(client)
        _kept.setdefault(loop, []).append(closing)
        await anext(closing)
    return scripts[url]


async def _closing(client: "redis.asyncio.Redis") -> AsyncIterator[None]:
    """Closes the client when its loop ends: ``asyncio.run`` finishes generators."""
    try:
        yield
    finally:
        await client.aclose()
