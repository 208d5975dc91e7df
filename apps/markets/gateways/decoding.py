"""From the bytes of an answer to values, without one digit lost or one digit too many.

Numbers with a point stay the text they were sent as, so that no float ever stands
between the exchange and a Decimal. Numbers beyond reason (``1e400``) become None here:
ccxt's own arithmetic would write them out, digit by digit.
"""

import json
import re
from typing import Any, Final

from apps.common.wording import gettext as _
from apps.markets.gateways.sieve import Notes

# Read as "perhaps"; the exact look is made only at answers that hold one of these.
_SUSPECT: Final = re.compile(r"[eE][+-]?[0-9]{3}")
_MONSTER: Final = re.compile(r"\s*[+-]?[0-9.]+[eE][+-]?[0-9]{3,}\s*\Z")


class NotJson(Exception):
    """The text cannot be read; the message says why, without quoting it."""


def decode(text: str, notes: Notes) -> Any:
    """The JSON value of an answer. Raises NotJson."""
    try:
        value = json.loads(
            text, parse_float=str, parse_int=_whole, parse_constant=_constant
        )
        return _scrubbed(value, notes) if _SUSPECT.search(text) else value
    except ValueError:
        raise NotJson(_("the answer is not JSON")) from None
    except RecursionError:
        raise NotJson(_("the answer is nested too deeply")) from None


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= 40 else text


def _constant(text: str) -> str:
    # NaN and Infinity are no JSON; as text they are refused where a number is needed.
    return text


def _scrubbed(value: Any, notes: Notes) -> Any:
    if isinstance(value, str):
        if _MONSTER.match(value):
            notes.refuse("number", _("a number beyond reason"), value)
            return None
        return value
    if isinstance(value, list):
        return [_scrubbed(item, notes) for item in value]
    if isinstance(value, dict):
        return {name: _scrubbed(item, notes) for name, item in value.items()}
    return value
