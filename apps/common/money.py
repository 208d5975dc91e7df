"""Decimal money: exact input, prices on the tick, quantities down to the lot.

Nothing here imports Django, so engines may use it.
"""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, InvalidOperation

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _

# Enough for every coin that exists; DecimalField(max_digits=36, decimal_places=18).
MAX_DIGITS = 36
DECIMAL_PLACES = 18


def decimal(raw: str | int | Decimal, *, field: str = "") -> Decimal:
    """An exact Decimal. A float is refused: its digits are already wrong.

    Raises InvalidInput for text that is no finite number.
    """
    if isinstance(raw, float):
        raise TypeError("money never comes from a float; pass its text")
    try:
        value = Decimal(raw)
    except (InvalidOperation, ValueError):
        message = _("%(given)s is not a number") % {"given": repr(raw)}
        raise InvalidInput(message, field=field) from None
    if not value.is_finite():
        message = _("%(given)s is not a finite number") % {"given": repr(raw)}
        raise InvalidInput(message, field=field)
    return value


def decimal_from_float(value: float, step: Decimal) -> Decimal:
    """Where an engine's float64 becomes money again: its shortest text, on the step."""
    return round_to_step(Decimal(repr(float(value))), step)


def round_to_step(value: Decimal, step: Decimal) -> Decimal:
    """The multiple of ``step`` nearest to ``value``, halves to the even multiple."""
    return _multiple(value, step, ROUND_HALF_EVEN)


def round_price(price: Decimal, tick_size: Decimal) -> Decimal:
    """The tick nearest to ``price``."""
    return round_to_step(price, tick_size)


def round_quantity(quantity: Decimal, lot_size: Decimal) -> Decimal:
    """Down to the lot, toward zero: never more than was asked for or is there."""
    return _multiple(quantity, lot_size, ROUND_DOWN)


def _multiple(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    if step <= 0:
        raise ValueError(f"step {step} is not above zero")
    count = (value / step).to_integral_value(rounding=rounding)
    return (count * step).quantize(step) if step.as_tuple().exponent else count * step
