"""Bad values fall through here: one bad row costs one row, and the caller sees it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from apps.common.wording import gettext as _
from apps.markets.gateways.types import Refusal, Refusals

Row = TypeVar("Row")
_SHOWN: Final = 60
_EXAMPLES: Final = 5
# No exchange deals in numbers of more digits than this; some send such by mistake.
_LARGEST: Final = Decimal("1e30")
_SMALLEST: Final = Decimal("1e-40")
LONGEST: Final = 64  # digits of one number, signs and point included
_LAST_MS: Final = 2**43  # the year 2248; microseconds taken for milliseconds are beyond


class Bad(Exception):
    """A value breaks a rule; never leaves this package."""

    def __init__(self, field: str, rule: str, given: object) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
        self.given = given


@dataclass(slots=True)
class Notes:
    """What happens on the way of one call: values refused, and when its answer came."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: list[Refusal] = field(default_factory=list)
    sent_at: float = 0.0
    heard_at: float = 0.0

    def refuse(self, field: str, rule: str, given: object) -> None:
        self.counts[rule] += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(Refusal(field, rule, shown(given)))

    def add(self, other: "Notes") -> None:
        """Take in what was refused elsewhere."""
        self.counts.update(other.counts)
        self.examples = [*self.examples, *other.examples][:_EXAMPLES]

    def refusals(self) -> Refusals:
        return Refusals(tuple(sorted(self.counts.items())), tuple(self.examples))


_notes: ContextVar[Notes | None] = ContextVar("gateway_notes", default=None)


@contextmanager
def noting() -> Iterator[Notes]:
    """Notes of their own for a call, also for what ccxt does inside of it."""
    token = _notes.set(Notes())
    try:
        yield current()
    finally:
        _notes.reset(token)


def current() -> Notes:
    """The notes of the call in hand; lost ones when there is none."""
    return _notes.get() or Notes()


def shown(given: object) -> str:
    """A short, one-line text of what an exchange sent."""
    text = given if isinstance(given, str) else repr(given)[:200]
    return "".join(c if c.isprintable() else "?" for c in text[:_SHOWN])


def sifted(
    rows: Iterable[Any], read: Callable[[Any], Row | None], name: str, notes: Notes
) -> tuple[Row, ...]:
    """What ``read`` makes of each row; a row it cannot read is refused and counted."""
    good = []
    for row in rows:
        try:
            value = read(row)
        except Bad as bad:
            notes.refuse(f"{name}.{bad.field}", bad.rule, bad.given)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
            notes.refuse(name, _("not the shape it should have"), row)
        else:
            if value is not None:
                good.append(value)
    return tuple(good)


def number(raw: Any, name: str) -> Decimal:
    """A finite Decimal of a sane size. Raises Bad, also for what came by a float."""
    if isinstance(raw, Decimal):
        value = raw
    elif type(raw) is int or (
        isinstance(raw, str) and "_" not in raw and len(raw) <= LONGEST
    ):
        try:
            value = Decimal(raw)
        except (ArithmeticError, ValueError):
            raise Bad(name, _("not a number"), raw) from None
    else:
        raise Bad(name, _("missing") if raw is None else _("not a number"), raw)
    if not value.is_finite():
        raise Bad(name, _("not finite"), raw)
    if value and not _SMALLEST <= abs(value) <= _LARGEST:
        raise Bad(name, _("a number beyond reason"), raw)
    return value


def price(raw: Any, name: str) -> Decimal:
    value = number(raw, name)
    if value <= 0:
        raise Bad(name, _("not above zero"), raw)
    return value


def price_or_none(raw: Any, name: str) -> Decimal | None:
    """None also for zero, which is how an empty side of a book is told."""
    if raw is None or raw == "":
        return None
    value = number(raw, name)
    if value < 0:
        raise Bad(name, _("not above zero"), raw)
    return value or None


def quantity(raw: Any, name: str) -> Decimal:
    value = number(raw, name)
    if value < 0:
        raise Bad(name, _("below zero"), raw)
    return abs(value)


def quantity_or_none(raw: Any, name: str) -> Decimal | None:
    return None if raw is None or raw == "" else quantity(raw, name)


def number_or_none(raw: Any, name: str) -> Decimal | None:
    return None if raw is None or raw == "" else number(raw, name)


def moment(raw: Any, name: str) -> int:
    """Milliseconds since the epoch. Raises Bad outside of the years 1970 to 2248."""
    if type(raw) is not int or not 0 <= raw < _LAST_MS:
        rule = _("missing") if raw is None else _("not a time")
        raise Bad(name, rule, raw)
    return raw


def moment_or_none(raw: Any, name: str) -> int | None:
    return None if raw is None else moment(raw, name)


def text(raw: Any, name: str) -> str:
    if not isinstance(raw, str) or not raw or len(raw) > 200:
        raise Bad(name, _("missing") if raw is None else _("not a text"), raw)
    return raw


def text_or_empty(raw: Any, name: str) -> str:
    return "" if raw is None or raw == "" else text(raw, name)
