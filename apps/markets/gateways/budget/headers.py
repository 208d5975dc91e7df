"""What an answer's head tells of our pace, each exchange in its own words.

Whatever cannot be read says nothing: a header is a hint, and never an error.
"""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from apps.common.clock import now_ms, to_ms
from apps.markets.gateways.budget.decision import Outcome
from apps.markets.gateways.budget.limits import Limit

_LONGEST_MS: Final = 86_400_000
# Binance tells the weight used in this minute, of so much for all endpoints.
_BINANCE_MINUTE: Final = {"fapi": 2_400, "sapi": 12_000, "": 6_000}


class Told(NamedTuple):
    """``remaining`` -1: not told. ``pause_ms`` 0: not told."""

    outcome: Outcome
    remaining: int = -1
    pause_ms: int = 0


def read(
    call: str,
    status: int,
    headers: Mapping[str, str],
    limits: tuple[Limit, ...],
    *,
    is_public: bool,
) -> Told:
    """The head of an answer to ``call``; header names in lower case."""
    outcome = _outcome(status, headers, is_public=is_public)
    return Told(outcome, _remaining(call, headers, limits), _pause_ms(headers))


def _outcome(status: int, headers: Mapping[str, str], *, is_public: bool) -> Outcome:
    if status == 0:
        return Outcome.SILENT
    if status == 418:
        return Outcome.BANNED
    if status == 429:
        return Outcome.SLOWED
    if status == 403:
        # What everybody may read is refused to an address only. A private call may
        # merely lack a right.
        is_ban = is_public or "retry-after" in headers
        return Outcome.BANNED if is_ban else Outcome.DOUBTED
    return Outcome.FAILED if status >= 500 else Outcome.ANSWERED


def _remaining(call: str, headers: Mapping[str, str], limits: tuple[Limit, ...]) -> int:
    left = _number(headers.get("x-gate-ratelimit-requests-remain"))
    if left is not None:
        return max(0, int(left))
    used = _number(headers.get("x-mbx-used-weight-1m"))
    if used is None or not limits:
        return -1
    section = next((name for name in ("fapi", "sapi") if f" /{name}" in call), "")
    part = max(0.0, 1 - used / _BINANCE_MINUTE[section])
    return int(part * min(limit.calls for limit in limits))


def _pause_ms(headers: Mapping[str, str]) -> int:
    after = _retry_after_ms(headers.get("retry-after"))
    if after is not None:
        return after
    for name, unit in (
        # Whole seconds, rounded down: the second has to pass.
        ("x-gate-ratelimit-reset-timestamp", 1_000),
        ("x-bapi-limit-reset-timestamp", 1),
    ):
        stamp = _number(headers.get(name))
        if stamp is not None:
            reset_ms = int(stamp * unit) + (unit if unit > 1 else 0)
            wait_ms = reset_ms - _their_now_ms(headers)
            # "Not limited" is a stamp of just now; its rounding is no pause.
            return min(wait_ms, _LONGEST_MS) if wait_ms > 1_000 else 0
    return 0


def _retry_after_ms(text: str | None) -> int | None:
    seconds = _number(text)
    if seconds is not None:
        return min(max(0, math.ceil(seconds * 1000)), _LONGEST_MS)
    stamp = _date_ms(text)
    return None if stamp is None else min(max(0, stamp - now_ms()), _LONGEST_MS)


def _their_now_ms(headers: Mapping[str, str]) -> int:
    """Their clock where they tell it: ours may be an hour off."""
    stamp = _date_ms(headers.get("date"))
    return now_ms() if stamp is None else stamp


def _date_ms(text: str | None) -> int | None:
    try:
        return to_ms(parsedate_to_datetime(text)) if text else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    is_sound = number is not None and math.isfinite(number) and abs(number) < 1e15
    return number if is_sound else None
