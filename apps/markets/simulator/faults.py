"""Misbehaviour on request: what goes wrong, for whom, how often, how long.

Pure: the web layer asks ``Faults`` what is due and carries it out. A fault is drawn
for each request or push that fits it; the same seed draws the same ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Final

# Carried out before the work: it is not done (a delay aside).
BEFORE: Final = frozenset({"delay_request", "drop_request", "answer", "maintenance"})
# Carried out after it: it is done, and the client cannot know.
AFTER: Final = frozenset(
    {
        "delay_response",
        "drop_response",
        "timeout",
        "answer_after",
        "truncate",
        "garbage",
    }
)
PUSH: Final = frozenset(
    {"push_delay", "push_duplicate", "push_reorder", "push_swallow"}
)
SOCKET: Final = frozenset({"ws_close", "ws_stall", "ws_refuse"})
# In force as a state, not drawn per request.
STATE: Final = frozenset(
    {"clock_skew", "revoke_key", "key_can_withdraw", "halt", "delist", "rules"}
    | {"hide_fills"}
)
KINDS: Final = BEFORE | AFTER | PUSH | SOCKET | STATE


class BadFault(ValueError):
    """A description that is no fault; the text names the field and the rule."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour.

    ``path`` is a pattern over the REST path behind /api/v4 or the push's channel,
    ``key`` an API key, ``pair`` a market. ``times`` 0 is without end; ``share`` is the
    part of the requests that fit; ``until_ms`` 0 is for ever, in the exchange's time.
    ``ms`` is the delay or the skew; ``status``, ``label`` and ``message`` the answer.
    """

    kind: str
    path: str = "*"
    method: str = "*"
    key: str = "*"
    pair: str = "*"
    times: int = 0
    share: float = 1.0
    seed: int = 0
    from_ms: int = 0
    until_ms: int = 0
    ms: int = 0
    status: int = 0
    label: str = ""
    message: str = ""
    price_precision: int = -1
    amount_precision: int = -1

    def is_due(self, now_ms: int) -> bool:
        return self.from_ms <= now_ms and (not self.until_ms or now_ms < self.until_ms)

    def fits(self, path: str, method: str, key: str, pair: str) -> bool:
        return (
            fnmatchcase(path, self.path)
            and self.method in ("*", method)
            and self.key in ("*", key)
            and self.pair in ("*", pair)
        )


@dataclass(slots=True)
class _Armed:
    fault: Fault
    dice: Random
    hits: int = 0

    def is_spent(self) -> bool:
        return bool(self.fault.times) and self.hits >= self.fault.times


@dataclass
class Faults:
    """The faults in force, by number."""

    _armed: dict[int, _Armed] = field(default_factory=dict)
    _next: int = 1

    def add(self, fault: Fault) -> int:
        """Arm a fault. Returns its number."""
        number = self._next
        self._next += 1
        self._armed[number] = _Armed(fault, Random(fault.seed))  # noqa: S311
        return number

    def remove(self, number: int) -> Fault | None:
        armed = self._armed.pop(number, None)
        return armed.fault if armed else None

    def clear(self) -> None:
        self._armed.clear()

    def __bool__(self) -> bool:
        return bool(self._armed)

    def listing(self) -> list[dict[str, Any]]:
        """What is in force, as plain values, with ``id`` and ``hits``."""
        return [
            {"id": number, "hits": armed.hits, **asdict(armed.fault)}
            for number, armed in self._armed.items()
        ]

    def draw(
        self,
        kinds: Iterable[str],
        now_ms: int,
        path: str,
        *,
        method: str = "*",
        key: str = "",
        pair: str = "",
    ) -> list[Fault]:
        """The faults that strike this request or push; each one counts its hit."""
        struck = []
        for armed in list(self._armed.values()):
            fault = armed.fault
            if fault.kind not in kinds or armed.is_spent() or not fault.is_due(now_ms):
                continue
            fits = fault.fits(path, method, key, pair)
            if fits and armed.dice.random() < fault.share:
                armed.hits += 1
                struck.append(fault)
        return struck

    def in_force(self, kind: str, now_ms: int) -> list[Fault]:
        """The faults of a kind that is a state."""
        return [
            armed.fault
            for armed in self._armed.values()
            if armed.fault.kind == kind and armed.fault.is_due(now_ms)
        ]

    def skew_ms(self, now_ms: int) -> int:
        return sum(fault.ms for fault in self.in_force("clock_skew", now_ms))


_TYPES: Final = {entry.name: entry.type for entry in fields(Fault)}
_SMALLEST: Final = {"ms": -(10**12), "price_precision": -1, "amount_precision": -1}


def parse(raw: object, now_ms: int) -> Fault:
    """A fault from its JSON. ``for_ms`` may stand in the place of ``until_ms``.

    Raises BadFault for an unknown kind or field and for a value of the wrong type.
    """
    if not isinstance(raw, Mapping):
        raise BadFault("a fault is an object")
    given = dict(raw)
    if "for_ms" in given:
        given["until_ms"] = now_ms + _whole("for_ms", given.pop("for_ms"))
    if given.get("kind") not in KINDS:
        raise BadFault(f"kind is one of {', '.join(sorted(KINDS))}")
    if unknown := given.keys() - _TYPES.keys():
        raise BadFault(f"unknown field {min(map(str, unknown))}")
    return Fault(**{name: _typed(name, value) for name, value in given.items()})


def _typed(name: str, value: object) -> Any:
    if _TYPES[name] in ("int", int):
        return _whole(name, value)
    if name == "share":
        return _share(value)
    if not isinstance(value, str):
        raise BadFault(f"{name} is a text")
    return value


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadFault(f"{name} is a whole number")
    if not _SMALLEST.get(name, 0) <= value <= 10**15:
        raise BadFault(f"{name} is out of range")
    return value


def _share(value: object) -> float:
    try:
        share = float(str(value))
    except ValueError:
        raise BadFault("share is a number") from None
    if not 0 <= share <= 1:
        raise BadFault("share is between 0 and 1")
    return share
