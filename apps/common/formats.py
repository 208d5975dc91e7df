"""How numbers, money and times are written on pages, in exports' headings, in messages.

Mirrored by ``static/js/format.js``; both pass the table in
``tests/js/format-cases.json``. A value is a Decimal, an int, its text, or a float from
an engine; what is missing (None, NaN) is written as an en dash. Ratios are 0 to 1 and
shown in percent. Times are aware datetimes or milliseconds, and are written in UTC.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from apps.common import clock

MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# From this many zeros after the point on, a price is written with a count of them.
TINY_ZEROS = 4
QUOTE_DIGITS = {"BTC": 8, "ETH": 8, "BNB": 8}
SHORT_FROM = 1_000_000
SHORT_UNITS = {
    "en": [(10**12, f"{NBSP}tn"), (10**9, f"{NBSP}bn"), (10**6, f"{NBSP}m")],
    "zh": [(10**12, "万亿"), (10**8, "亿"), (10**4, "万")],
}
DURATIONS_MS = (86_400_000, 3_600_000, 60_000, 1000, 1)
# From this many of the first unit on, the second would be noise.
EXACT_BELOW = 100
DURATION_UNITS = {
    "en": ("d", "h", "min", "s", "ms"),
    "zh": ("天", "小时", "分", "秒", "毫秒"),
}
MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
_EXACT = Context(prec=80)

Number = Decimal | float | int | str | None
Moment = datetime | int


def number(value: Number) -> Decimal | None:
    """The exact Decimal of what is shown; None when there is nothing to show."""
    if value is None or value == "":
        return None
    exact = Decimal(repr(value) if isinstance(value, float) else str(value))
    return exact if exact.is_finite() else None


def fixed(value: Number, *, digits: int = 2, signed: bool = False) -> str:
    """``−1,234.50``: thousands by comma, halves to even, zero without a sign."""
    exact = number(value)
    if exact is None:
        return MISSING
    step = Decimal(1).scaleb(-digits)
    rounded = exact.quantize(step, ROUND_HALF_EVEN, context=_EXACT)
    return f"{_sign(rounded, signed)}{abs(rounded):,.{digits}f}"


def _sign(value: Decimal, plus: bool) -> str:
    if value < 0:
        return MINUS
    return "+" if plus and value > 0 else ""


def digits_of(step: Number) -> int:
    """Decimals of a tick or lot: 0.10 has one, 5 has none."""
    exact = number(step)
    if exact is None:
        return 2
    exponent = exact.normalize(_EXACT).as_tuple().exponent
    return max(0, -int(exponent))


def digits_on(value: Number, step: Number) -> int:
    """Decimals of the step; while it is unknown, enough for six figures."""
    exact = number(value)
    if number(step) is not None or not exact:
        return digits_of(step)
    return max(2, 5 - exact.adjusted())


def price(value: Number, *, tick: Number = None, signed: bool = False) -> str:
    """As many decimals as the tick; ``0.0₅1234`` when zeros would be miscounted."""
    text = fixed(value, digits=digits_on(value, tick), signed=signed)
    before, _, after = text.partition(".")
    rest = after.lstrip("0")
    zeros = len(after) - len(rest)
    if before.lstrip("+" + MINUS) != "0" or zeros < TINY_ZEROS or not rest:
        return text
    return f"{before}.0{str(zeros).translate(SUBSCRIPTS)}{rest}"


def quantity(value: Number, *, lot: Number = None, unit: str = "") -> str:
    """As many decimals as the lot, with its asset."""
    return with_unit(fixed(value, digits=digits_on(value, lot)), unit)


def money(value: Number, *, unit: str = "", signed: bool = False) -> str:
    """Two decimals, or the quote currency's own; the unit itself is not written."""
    return fixed(value, digits=QUOTE_DIGITS.get(unit, 2), signed=signed)


def with_unit(text: str, unit: str) -> str:
    return f"{text}{NBSP}{unit}" if unit and text != MISSING else text


def percent(value: Number, *, digits: int | None = None, signed: bool = False) -> str:
    """A ratio as ``−5.7 %``: one decimal, two below 1 %, or as many as a column has."""
    return with_unit(percent_bare(value, digits=digits, signed=signed), "%")


def percent_bare(
    value: Number, *, digits: int | None = None, signed: bool = False
) -> str:
    """Without the %, for a column or a map whose head says it."""
    exact = number(value)
    if exact is None:
        return MISSING
    share = exact * 100
    if digits is None:
        digits = 1 if abs(share) >= 1 else 2
    return fixed(share, digits=digits, signed=signed)


def change(value: Number, *, digits: int | None = None) -> str:
    return percent(value, digits=digits, signed=True)


def drawdown(value: Number, *, digits: int | None = None) -> str:
    """A fall is kept as a positive ratio and shown as what it is: ``−26.7 %``."""
    exact = number(value)
    return percent(None if exact is None else -abs(exact), digits=digits)


def points(value: Number) -> str:
    """The difference of two ratios, in percentage points."""
    return with_unit(percent_bare(value, digits=1, signed=True), "pp")


def bps(value: Number, *, digits: int = 2) -> str:
    """A ratio in hundredths of a percent: spreads and slippage."""
    exact = number(value)
    shown = None if exact is None else exact * 10_000
    return with_unit(fixed(shown, digits=digits), "bps")


def ratio(value: Number) -> str:
    """Sharpe, profit factor: two decimals."""
    return fixed(value, digits=2)


def count(value: Number) -> str:
    return fixed(value, digits=0)


def short(value: Number, *, language: str = "en", signed: bool = False) -> str:
    """Four figures with a unit from a million on: ``1.475 bn``, ``14.75亿``."""
    exact = number(value)
    if exact is None or abs(exact) < SHORT_FROM:
        return fixed(exact, digits=0, signed=signed)
    for size, unit in SHORT_UNITS[_family(language)]:
        if abs(exact) >= size:
            shown = exact / size
            digits = max(0, 3 - shown.adjusted())
            return fixed(shown, digits=digits, signed=signed) + unit
    raise AssertionError("a million is above every smallest unit")


def duration(value: Number, *, language: str = "en") -> str:
    """Milliseconds in the two largest units: ``5 d 5 h``, ``2.4 s``, ``84 ms``."""
    exact = number(value)
    if exact is None:
        return MISSING
    ms = int(exact)
    names = DURATION_UNITS[_family(language)]
    if 1000 <= ms < 10_000:
        return f"{fixed(Decimal(ms) / 1000, digits=1)}{NBSP}{names[3]}"
    place = next((i for i, size in enumerate(DURATIONS_MS) if ms >= size), 4)
    first, rest = divmod(ms, DURATIONS_MS[place])
    text = f"{first:,}{NBSP}{names[place]}"
    has_second = place < 3 and first < EXACT_BELOW
    if has_second and (second := rest // DURATIONS_MS[place + 1]):
        text += f"{NBSP}{second}{NBSP}{names[place + 1]}"
    return text


def date(value: Moment, *, language: str = "en", today: Moment | None = None) -> str:
    """``3 Jun 2025`` or ``2025-06-03``; without the year when ``today`` is in it."""
    at = _utc(value)
    is_this_year = today is not None and _utc(today).year == at.year
    if _family(language) == "zh":
        return f"{at:%m-%d}" if is_this_year else f"{at:%Y-%m-%d}"
    day = f"{at.day}{NBSP}{MONTHS[at.month - 1]}"
    return day if is_this_year else f"{day}{NBSP}{at.year}"


def time(value: Moment, *, precision: str = "s") -> str:
    """The time of day in UTC, to the ``min``, the ``s`` or the ``ms``."""
    at = _utc(value)
    if precision == "min":
        return f"{at:%H:%M}"
    seconds = f"{at:%H:%M:%S}"
    return f"{seconds}.{at.microsecond // 1000:03d}" if precision == "ms" else seconds


def moment(
    value: Moment | None,
    *,
    language: str = "en",
    today: Moment | None = None,
    precision: str = "min",
) -> str:
    """Date and time: ``9 Sep 2022 07:00``; its column or line says UTC."""
    if value is None:
        return MISSING
    day = date(value, language=language, today=today)
    return f"{day} {time(value, precision=precision)}"


def short_id(value: str) -> str:
    """The first four and the last two: ``6081…27``."""
    return value if len(value) <= 7 else f"{value[:4]}…{value[-2:]}"


def _utc(value: Moment) -> datetime:
    at = clock.from_ms(value) if isinstance(value, int) else value
    return at.astimezone(UTC)


def _family(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"


# What selectors name as the ``kind`` of a figure; money carries its unit apart.
PERCENTS: dict[str, Callable[..., str]] = {
    "percent": percent,
    "change": change,
    "drawdown": drawdown,
}
KINDS: dict[str, Callable[[Any], str]] = {
    **PERCENTS,
    "points": points,
    "bps": bps,
    "ratio": ratio,
    "count": count,
    "duration": duration,
    "text": str,
}
# A gain or a loss: shown with its sign and the direction's colour.
DIRECTED = {"change", "profit"}
