"""Prices and quantities as whole ticks and lots, and back."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import numpy as np

from apps.markets.candles.bars import Floats, Times

_QUOTE_PLACES: Final = 8


@dataclass(frozen=True, slots=True)
class Grid:
    """The steps of one instrument, quote per base and base.

    ``quote_places``: decimals of a volume in quote; exact, but at most eight, as
    Gate.io has it.
    """

    tick_size: Decimal
    lot_size: Decimal
    quote_places: int = field(init=False, repr=False, compare=False)
    # Decimals of the smallest product that are not kept, and that product in them.
    _excess: int = field(init=False, repr=False, compare=False)
    _factor: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        product = self.tick_size * self.lot_size
        places = max(-_exponent(product), 0)
        put = object.__setattr__
        put(self, "quote_places", min(places, _QUOTE_PLACES))
        put(self, "_excess", places - self.quote_places)
        put(self, "_factor", int(product.scaleb(places)))

    @classmethod
    def of(cls, tick_size: str, lot_size: str) -> "Grid":
        return cls(Decimal(tick_size), Decimal(lot_size))

    def price(self, ticks: int) -> Decimal:
        return ticks * self.tick_size

    def quantity(self, lots: int) -> Decimal:
        return lots * self.lot_size

    def ticks(self, price: Decimal) -> int:
        """Raises ValueError for a price between two ticks."""
        return _whole(price, self.tick_size)

    def lots(self, quantity: Decimal) -> int:
        """Raises ValueError for a quantity between two lots."""
        return _whole(quantity, self.lot_size)

    def whole_lots(self, quantity: Decimal) -> Decimal:
        """Down to the lot; what is whole already keeps its digits."""
        rest = quantity % self.lot_size
        return quantity - rest if rest else quantity

    def quote(self, ticks: int, lots: int) -> int:
        """Price times quantity, in the smallest part of quote that is kept."""
        product = ticks * lots * self._factor
        return round(product / 10**self._excess) if self._excess else product

    def quotes(self, ticks: Times, lots: Times) -> Times:
        """The same for many; where eight decimals do not hold it, to the nearest."""
        if self._excess:
            products = ticks * (lots * (self._factor / 10.0**self._excess))
            return np.rint(products).astype(np.int64)
        return ticks * lots * self._factor

    def quote_volume(self, quote: int) -> Decimal:
        return Decimal(quote).scaleb(-self.quote_places)


def as_floats(counts: Times, step: Decimal) -> Floats:
    """The floats nearest to the decimals ``counts * step``."""
    numerator, denominator = step.as_integer_ratio()
    exact = counts.astype(np.float64)
    return exact * float(numerator) / float(denominator)


def as_counts(values: Floats, step: Decimal) -> Times:
    """The nearest whole numbers of steps."""
    numerator, denominator = step.as_integer_ratio()
    return np.rint(values * float(denominator) / float(numerator)).astype(np.int64)


def _whole(value: Decimal, step: Decimal) -> int:
    count = value / step
    if count != count.to_integral_value():
        raise ValueError(f"{value} is no multiple of {step}")
    return int(count)


def _exponent(step: Decimal) -> int:
    exponent = step.as_tuple().exponent
    assert isinstance(exponent, int), "a step is a finite number"
    return exponent
