"""What is known of an instrument when a watch-list judges it."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

# Figures are kept with six decimals; whatever needs more room is no market figure.
STEP: Final = Decimal("0.000001")
LARGEST: Final = Decimal(10) ** 17
_EXACT: Final = Context(prec=60)
_HUNDRED: Final = Decimal(100)
_BPS: Final = Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote24h:
    """The last 24 hours of an instrument; None where the exchange does not tell.

    ``volume`` is in quote. ``range_pct`` is the way from the low to the high in per
    cent of the low, ``change_pct`` that from the first price to the last.
    """

    volume: Decimal | None = None
    spread_bps: Decimal | None = None
    range_pct: Decimal | None = None
    change_pct: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One instrument as it is judged. An unknown figure is None.

    ``status`` is active, halted or delisted. ``volatility_pct`` is the range of the
    last 24 hours, or the mean daily range of the days the rule looks back on.
    """

    key: int
    symbol: str
    quote: str
    kind: str = "spot"
    status: str = "active"
    volume: Decimal | None = None
    spread_bps: Decimal | None = None
    age_days: Decimal | None = None
    volatility_pct: Decimal | None = None
    change_pct: Decimal | None = None


def quote_24h(
    *,
    last: Decimal | None = None,
    bid: Decimal | None = None,
    ask: Decimal | None = None,
    high: Decimal | None = None,
    low: Decimal | None = None,
    opened: Decimal | None = None,
    change_pct: Decimal | None = None,
    base_volume: Decimal | None = None,
    quote_volume: Decimal | None = None,
) -> Quote24h:
    """The figures of a ticker; what contradicts itself counts as unknown."""
    if quote_volume is None and base_volume is not None and last is not None:
        quote_volume = _EXACT.multiply(base_volume, last)
    if change_pct is None:
        change_pct = change(opened, last)
    return Quote24h(
        volume=figure(quote_volume),
        spread_bps=_spread(bid, ask),
        range_pct=span(low, high),
        change_pct=figure(change_pct),
    )


def span(low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """From the low to the high, in per cent of the low."""
    if low is None or high is None or low <= 0 or high < low:
        return None
    return _share(high - low, low, _HUNDRED)


def change(first: Decimal | None, last: Decimal | None) -> Decimal | None:
    """From the first price to the last, in per cent of the first."""
    if first is None or last is None or first <= 0:
        return None
    return _share(last - first, first, _HUNDRED)


def figure(value: Decimal | None) -> Decimal | None:
    """The value as it is kept; None for one that no market has."""
    if value is None or not value.is_finite() or abs(value) >= LARGEST:
        return None
    return value.quantize(STEP, ROUND_HALF_EVEN, context=_EXACT)


def _spread(bid: Decimal | None, ask: Decimal | None) -> Decimal | None:
    """In bps of the middle. A crossed book is an old one: it tells no spread."""
    if bid is None or ask is None or bid <= 0 or ask < bid:
        return None
    return _share(2 * (ask - bid), ask + bid, _BPS)


def _share(part: Decimal, whole: Decimal, scale: Decimal) -> Decimal | None:
    return figure(_EXACT.divide(_EXACT.multiply(part, scale), whole))
