"""Decimal arithmetic without rounding.

The usual context keeps 28 digits; a price of 18 decimals times an amount of 18
decimals needs more, and a digit lost there would be money lost.
"""

from collections.abc import Callable
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    getcontext,
    setcontext,
)
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

EXACT = Context(
    prec=120,
    rounding=ROUND_HALF_EVEN,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)


def exactly(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` with room for every digit, whatever the caller's context."""

    @wraps(function)
    def within(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = getcontext()
        setcontext(EXACT)
        try:
            return function(*args, **kwargs)
        finally:
            setcontext(outer)

    return within
