"""The lengths a candle can have."""

from typing import Final

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _

MINUTE_MS: Final = 60_000
TIMEFRAMES: Final[dict[str, int]] = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": 60 * MINUTE_MS,
    "2h": 120 * MINUTE_MS,
    "4h": 240 * MINUTE_MS,
    "6h": 360 * MINUTE_MS,
    "8h": 480 * MINUTE_MS,
    "12h": 720 * MINUTE_MS,
    "1d": 1440 * MINUTE_MS,
}


def timeframe_ms(timeframe: str) -> int:
    """Length in milliseconds. Raises InvalidInput for one we do not know."""
    try:
        return TIMEFRAMES[timeframe]
    except KeyError:
        rule = _("%(given)s is not a timeframe; choose one of %(known)s")
        facts = {"given": repr(timeframe), "known": ", ".join(TIMEFRAMES)}
        raise InvalidInput(rule % facts, field="timeframe") from None
