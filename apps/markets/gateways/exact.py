"""ccxt told to keep every digit: Decimals out, and Decimals read again.

``number = Decimal`` makes it return Decimals; but it reads its own values back as text
(a contract's size for a fill's cost), and takes a Decimal there for nothing at all, so
that a perpetual's cost comes out ten times too large without a word.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

_PLACES: Final = 40


class Exact:
    """A mixin over a ccxt exchange."""

    number = Decimal

    def parse_precision(self, precision: Any) -> Any:
        """ccxt writes a step out digit by digit, for as many places as it is told."""
        _check_places(precision)
        return super().parse_precision(precision)  # type: ignore[misc]

    def integer_precision_to_amount(self, precision: Any) -> Any:
        _check_places(precision)
        return super().integer_precision_to_amount(precision)  # type: ignore[misc]

    @staticmethod
    def safe_string(dictionary: Any, key: Any, default_value: Any = None) -> Any:
        try:
            value = dictionary[key]
        except (LookupError, TypeError):
            return default_value
        kind = type(value)
        if kind is str and value != "":
            return value
        if kind is int or kind is float:
            return str(value)
        return format(value, "f") if kind is Decimal else default_value

    @staticmethod
    def safe_string_2(
        dictionary: Any, key1: Any, key2: Any, default_value: Any = None
    ) -> Any:
        first = Exact.safe_string(dictionary, key1)
        if first is not None:
            return first
        return Exact.safe_string(dictionary, key2, default_value)

    @staticmethod
    def safe_string_n(
        dictionary: Any, key_list: Sequence[Any], default_value: Any = None
    ) -> Any:
        for key in key_list:
            found = Exact.safe_string(dictionary, key)
            if found is not None:
                return found
        return default_value


def _check_places(precision: Any) -> None:
    if precision is not None and abs(int(precision)) > _PLACES:
        raise ValueError("decimal places beyond reason")
