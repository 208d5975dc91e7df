"""Reading parameters as Gate.io does: present, of the right kind, within bounds."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from apps.markets.simulator.web.errors import GateError, invalid, missing

# Longer numbers are refused before any arithmetic sees them.
_NUMBER: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
_WHOLE: Final = re.compile(r"[0-9]{1,15}")
_TEXT: Final = re.compile(r"t-[0-9A-Za-z_.\-]{1,28}")


class Fields:
    """Named values of a query or of a JSON object; each reader raises GateError."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self.values.get(name)
        if value is None or value == "":
            if default is None:
                raise missing(name)
            return default
        if not isinstance(value, str):
            raise invalid(name, value)
        return value

    def choice(
        self, name: str, allowed: tuple[str, ...], default: str | None = None
    ) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise invalid(name, value)
        return value

    def whole(
        self, name: str, default: int | None = None, *, low: int = 0, high: int = 10**15
    ) -> int:
        """A whole number, as JSON number or as digits."""
        value = self.values.get(name)
        if value is None or value == "":
            if default is None:
                raise missing(name)
            return default
        shown = value if isinstance(value, str) else str(value)
        if isinstance(value, bool) or not _WHOLE.fullmatch(shown):
            raise invalid(name, value)
        if not low <= int(shown) <= high:
            raise invalid(name, value)
        return int(shown)

    def flag(self, name: str) -> bool:
        """A claim in a query. The SDK writes Python's own words: True, False."""
        return self.choice(name, ("true", "false", "True", "False"), "false") in (
            "true",
            "True",
        )

    def seconds_ms(self, name: str) -> int | None:
        """A time in seconds as milliseconds; None when it was not sent."""
        if not self.has(name):
            return None
        return self.whole(name, high=10**11) * 1000

    def amount(self, name: str, default: Decimal | None = None) -> Decimal:
        """A number in a text, not negative; without a default above zero."""
        value = self.values.get(name)
        if (value is None or value == "") and default is not None:
            return default
        if value is None or value == "":
            raise missing(name)
        if not isinstance(value, str) or not _NUMBER.fullmatch(value):
            raise invalid(name, value)
        number = Decimal(value)
        if default is None and not number:
            raise invalid(name, value)
        return number

    def client_text(self, name: str = "text") -> str:
        """A client's own text for an order; "" when there is none."""
        value = self.text(name, "")
        if value and not _TEXT.fullmatch(value):
            raise GateError(
                "INVALID_PARAM_VALUE",
                "text must start with t- and hold at most 28 of 0-9 A-Z a-z _ - .",
            )
        return value


def window(
    fields: Fields, now_ms: int, *, default_days: int = 7, longest_days: int = 30
) -> tuple[int, int]:
    """``from`` and ``to`` of a history, in milliseconds, both included.

    With one bound the other lies a week from it; none: the last week. A second that
    is named is meant whole.
    """
    day = 86_400_000
    start, end = fields.seconds_ms("from"), fields.seconds_ms("to")
    if start is None:
        start = (now_ms if end is None else end) - default_days * day
    elif end is None:
        end = start + default_days * day
    end = now_ms if end is None else end + 999
    if start > end:
        raise invalid("from", start // 1000)
    if end - start > longest_days * day + 999:
        raise GateError(
            "INVALID_PARAM_VALUE", f"Time range exceeds {longest_days} days"
        )
    return start, end


def list_of(body: Any, name: str, most: int) -> list[Mapping[str, Any]]:
    """A JSON list of objects. Raises GateError: no list, empty, or too long."""
    if not isinstance(body, list) or not body:
        raise GateError("INVALID_REQUEST_BODY", f"{name} must be a list")
    if len(body) > most:
        raise GateError("INVALID_PARAM_VALUE", f"Too many {name}: at most {most}")
    if not all(isinstance(item, dict) for item in body):
        raise GateError("INVALID_REQUEST_BODY", f"{name} must hold objects")
    return body


def object_of(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise GateError("INVALID_REQUEST_BODY", "Request body must be an object")
    return body
