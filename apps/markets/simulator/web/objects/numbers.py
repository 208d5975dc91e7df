"""How numbers and times are written."""

from decimal import Decimal


def number(value: Decimal) -> str:
    """Plain digits, never an exponent."""
    return f"{value:f}" if value else "0"


def micro_ms(ms: int) -> str:
    """Milliseconds with six decimals, as trades carry them."""
    return f"{ms}.000000"
