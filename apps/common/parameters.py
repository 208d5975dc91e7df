"""Typed parameters: declared once, checked wherever a value comes in. No Django here.

The admin form, the API schema and the command line build themselves from
``describe()``, and hand every value they receive to ``parse()``.
"""

import math
import operator
import reprlib
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, overload

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _
from apps.common.wording import gettext_noop

T = TypeVar("T", covariant=True)
N = TypeVar("N", bound=float)

# Beyond this a JSON number is no longer exact in a browser.
LARGEST_INTEGER = 2**53 - 1
TRUE_WORDS = frozenset({"true", "yes", "on", "1"})
FALSE_WORDS = frozenset({"false", "no", "off", "0"})
# Each limit a number may have, how a value breaks it, and how that is said.
LIMITS = {
    "low": (
        operator.lt,
        gettext_noop("%(name)s %(value)s is below the lowest allowed value %(limit)s"),
    ),
    "high": (
        operator.gt,
        gettext_noop("%(name)s %(value)s is above the highest allowed value %(limit)s"),
    ),
    "above": (operator.le, gettext_noop("%(name)s %(value)s is not above %(limit)s")),
    "below": (operator.ge, gettext_noop("%(name)s %(value)s is not below %(limit)s")),
}


class Parameter(Generic[T]):
    """One value a strategy can be given; read as an attribute, never assigned.

    A default of None makes it optional: None, also written as an empty text. Then the
    declaration says so: ``size: Parameter[float | None] = Float(None, low=0)``.
    """

    type_name: ClassVar[str]

    def __init__(self, default: T | None, *, label: str = "", help: str = "") -> None:
        self.default = default
        self.label = label
        self.help = help
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Self | T:
        return self if instance is None else vars(instance)["_values"][self.name]

    def __set__(self, instance: object, value: object) -> NoReturn:
        raise AttributeError(
            f"{self.name} is fixed; make a new {type(instance).__name__}"
        )

    def parse(self, raw: object) -> T | None:
        """The value of a text or JSON value. Raises InvalidInput naming the rule."""
        if self.default is None and (raw is None or raw == ""):
            return None
        return self.read(raw)

    def read(self, raw: object) -> T:
        """The value of what may not be left out. Raises InvalidInput."""
        raise NotImplementedError

    def check_declaration(self) -> None:
        """Raises InvalidInput when default, limits, step or choices contradict."""
        self.default = self.parse(self.default)

    def describe(self) -> dict[str, Any]:
        """Plain values, with the same keys for every type."""
        return {
            "name": self.name,
            "type": self.type_name,
            "label": self.label or self.name.replace("_", " ").capitalize(),
            "default": self.default,
            **dict.fromkeys(LIMITS),
            "step": None,
            "choices": None,
            "help": self.help,
        }

    def refuse(self, rule: str, **values: object) -> NoReturn:
        """``rule`` is a translated sentence about ``%(name)s`` and the ``values``."""
        raise InvalidInput(rule % {"name": self.name, **values}, field=self.name)


class Number(Parameter[N]):
    """A number between limits, and on a step if there is one.

    ``low`` and ``high`` are allowed themselves, ``above`` and ``below`` are not. Steps
    are counted from ``low``, or from 0 when there is none.
    """

    def __init__(
        self,
        default: N | None,
        *,
        low: N | None = None,
        high: N | None = None,
        above: N | None = None,
        below: N | None = None,
        step: N | None = None,
        label: str = "",
        help: str = "",
    ) -> None:
        super().__init__(default, label=label, help=help)
        self.limits = {"low": low, "high": high, "above": above, "below": below}
        self.step = step

    def read(self, raw: object) -> N:
        value = self.number(raw)
        for name, (breaks, rule) in LIMITS.items():
            limit = self.limits[name]
            if limit is not None and breaks(value, limit):
                self.refuse(_(rule), value=value, limit=limit)
        start = self.limits["low"] or 0
        if self.step is not None and not _is_on_step(value, start, self.step):
            rule = _(
                "%(name)s %(value)s is not a step of %(step)s counted from %(start)s"
            )
            self.refuse(rule, value=value, step=self.step, start=start)
        return value

    def number(self, raw: object) -> N:
        """The number in ``raw``, limits not yet applied."""
        raise NotImplementedError

    def check_declaration(self) -> None:
        self.limits = {name: self._limit(raw) for name, raw in self.limits.items()}
        self.step = self._limit(self.step)
        low, high = self.limits["low"], self.limits["high"]
        if low is not None and high is not None and low > high:
            rule = _("%(name)s has low %(low)s above high %(high)s")
            self.refuse(rule, low=low, high=high)
        if self.step is not None and self.step <= 0:
            rule = _("%(name)s has a step of %(step)s; a step is above 0")
            self.refuse(rule, step=self.step)
        super().check_declaration()

    def describe(self) -> dict[str, Any]:
        return super().describe() | self.limits | {"step": self.step}

    def _limit(self, raw: N | None) -> N | None:
        return None if raw is None else self.number(raw)


class Integer(Number[int]):
    """A whole number: ``12``, ``12.0`` or ``"12"``, but not ``12.5`` or ``True``."""

    type_name = "integer"

    def number(self, raw: object) -> int:
        value = _whole(raw)
        if value is None:
            rule = _("%(name)s %(given)s is not a whole number")
            self.refuse(rule, given=reprlib.repr(raw))
        if abs(value) > LARGEST_INTEGER:
            rule = _("%(name)s %(given)s is beyond ±%(limit)s")
            self.refuse(rule, given=reprlib.repr(raw), limit=LARGEST_INTEGER)
        return value


class Float(Number[float]):
    """A finite decimal number."""

    type_name = "float"

    def number(self, raw: object) -> float:
        value = _finite(raw)
        if value is None:
            rule = _("%(name)s %(given)s is not a finite number")
            self.refuse(rule, given=reprlib.repr(raw))
        return value


class Boolean(Parameter[bool]):
    """True or false; as text also yes, on, 1 and no, off, 0."""

    type_name = "boolean"

    def read(self, raw: object) -> bool:
        if isinstance(raw, bool):
            return raw
        word = raw.strip().lower() if isinstance(raw, str) else ""
        if word not in TRUE_WORDS | FALSE_WORDS:
            rule = _("%(name)s %(given)s is neither true nor false")
            self.refuse(rule, given=reprlib.repr(raw))
        return word in TRUE_WORDS


class Choice(Parameter[str]):
    """One word out of a list; ``next_bar`` is taken for ``next-bar``."""

    type_name = "choice"

    def __init__(
        self,
        default: str | None,
        *,
        choices: tuple[str, ...],
        label: str = "",
        help: str = "",
    ) -> None:
        super().__init__(default, label=label, help=help)
        self.choices = tuple(choices)

    def read(self, raw: object) -> str:
        word = raw.strip() if isinstance(raw, str) else None
        if word and word not in self.choices:
            word = word.replace("_", "-")
        if word not in self.choices:
            rule = _("%(name)s %(given)s is not one of %(known)s")
            self.refuse(rule, given=reprlib.repr(raw), known=", ".join(self.choices))
        return word

    def check_declaration(self) -> None:
        if len(set(self.choices)) < len(self.choices):
            rule = _("%(name)s lists a choice twice: %(known)s")
            self.refuse(rule, known=", ".join(self.choices))
        super().check_declaration()

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"choices": list(self.choices)}


def _whole(raw: object) -> int | None:
    if isinstance(raw, str):
        try:
            return int(raw)
        except ValueError:
            return None
    if isinstance(raw, Integral):
        return None if isinstance(raw, bool) else int(raw)
    if isinstance(raw, Real) and float(raw).is_integer():
        return int(float(raw))
    return None


def _finite(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, str | Real):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _is_on_step(value: float, start: float, step: float) -> bool:
    """Counted in decimals: 0.3 is a step of 0.1, though its float64 is not."""
    distance = Decimal(repr(value)) - Decimal(repr(start))
    return distance % Decimal(repr(step)) == 0
