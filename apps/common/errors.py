"""The root of every error CashUp raises on purpose.

CashUpError
├── InvalidInput    the caller sent what a rule forbids: name the field, change nothing
├── NotFound        what was asked for does not exist, or not for this person
├── Conflict        somebody else is at it, or its state no longer allows this
└── Unavailable     a part we need is away; the same request may succeed later
"""

from collections.abc import Mapping


class CashUpError(Exception):
    """An expected failure; its text is written for the person at the desk."""

    code = "error"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(CashUpError):
    """A value breaks a rule. ``field`` names the value, the message names the rule."""

    code = "invalid"


class InvalidFields(InvalidInput):
    """Several values break rules at once: ``errors`` maps each field to its message."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        field, message = next(iter(self.errors.items()))
        super().__init__(message, field=field)

    def __str__(self) -> str:
        return "; ".join(f"{field}: {text}" for field, text in self.errors.items())


class NotFound(CashUpError):
    """It does not exist, or this person may not know that it does."""

    code = "not-found"


class Conflict(CashUpError):
    """Its present state, or another process, forbids this now."""

    code = "conflict"


class Unavailable(CashUpError):
    """A part we depend on does not answer; trying again later is safe."""

    code = "unavailable"
