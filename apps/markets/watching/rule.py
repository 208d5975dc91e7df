"""What a watch-list asks of its instruments."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from apps.common.errors import InvalidFields
from apps.common.formats import count
from apps.common.wording import gettext as _
from apps.common.wording import gettext_noop
from apps.markets.watching.facts import LARGEST, Facts


class SortBy(StrEnum):
    """What the best are the best in: the most, for the spread the least."""

    VOLUME = "volume"
    CHANGE = "change"
    VOLATILITY = "volatility"
    SPREAD = "spread"
    AGE = "age"


class Bound(NamedTuple):
    """A limit of the rule (``limit``) on a figure of the facts (``figure``)."""

    limit: str
    figure: str
    is_minimum: bool


# In the order in which they are told.
BOUNDS: Final = (
    Bound("minimum_volume", "volume", True),
    Bound("maximum_spread_bps", "spread_bps", False),
    Bound("minimum_age_days", "age_days", True),
    Bound("minimum_volatility_pct", "volatility_pct", True),
    Bound("maximum_volatility_pct", "volatility_pct", False),
    Bound("minimum_change_pct", "change_pct", True),
    Bound("maximum_change_pct", "change_pct", False),
)
FIGURES: Final = {
    SortBy.VOLUME: "volume",
    SortBy.CHANGE: "change_pct",
    SortBy.VOLATILITY: "volatility_pct",
    SortBy.SPREAD: "spread_bps",
    SortBy.AGE: "age_days",
}
# The least and the most each value may be.
LIMITS: Final = {
    "minimum_volume": (Decimal(0), LARGEST - 1),
    "maximum_spread_bps": (Decimal(0), Decimal(20_000)),
    "minimum_age_days": (Decimal(0), Decimal(36_500)),
    "minimum_volatility_pct": (Decimal(0), Decimal(1_000_000)),
    "maximum_volatility_pct": (Decimal(0), Decimal(1_000_000)),
    "volatility_days": (Decimal(1), Decimal(60)),
    "minimum_change_pct": (Decimal(-100), Decimal(1_000_000)),
    "maximum_change_pct": (Decimal(-100), Decimal(1_000_000)),
    "top_n": (Decimal(1), Decimal(5_000)),
    "stay_in_margin_pct": (Decimal(0), Decimal(50)),
}
_PAIRS: Final = ("volatility_pct", "change_pct")
_OUTSIDE: Final = gettext_noop("%(value)s is outside %(low)s to %(high)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A limit that is None is not asked for; ``quote`` empty takes every quote.

    ``is_reversed`` ranks the other way round: the least volume, the widest spread.
    ``always`` and ``never`` are keys of facts: the white list and the black list.
    ``stay_in_margin_pct`` lets a member stay while it misses a limit, or the last
    place, by no more than this share of it.
    """

    kind: str = "spot"
    quote: str = ""
    minimum_volume: Decimal | None = None
    maximum_spread_bps: Decimal | None = None
    minimum_age_days: int | None = None
    minimum_volatility_pct: Decimal | None = None
    maximum_volatility_pct: Decimal | None = None
    volatility_days: int = 1
    minimum_change_pct: Decimal | None = None
    maximum_change_pct: Decimal | None = None
    sort_by: SortBy = SortBy.VOLUME
    is_reversed: bool = False
    top_n: int | None = None
    stay_in_margin_pct: Decimal = Decimal(0)
    always: frozenset[int] = frozenset()
    never: frozenset[int] = frozenset()

    @property
    def needs_volatility(self) -> bool:
        limits = (self.minimum_volatility_pct, self.maximum_volatility_pct)
        return self.sort_by is SortBy.VOLATILITY or any(x is not None for x in limits)

    def limit_of(self, bound: Bound) -> Decimal | None:
        value: Decimal | int | None = getattr(self, bound.limit)
        return None if value is None else Decimal(value)

    def ranked_by(self, facts: Facts) -> Decimal | None:
        value: Decimal | None = getattr(facts, FIGURES[self.sort_by])
        return value

    @property
    def is_most_first(self) -> bool:
        return (self.sort_by is not SortBy.SPREAD) != self.is_reversed

    def check(self) -> None:
        """Raises InvalidFields, each error under the name of its field."""
        if errors := dict(self.broken()):
            raise InvalidFields(errors)

    def broken(self) -> Iterator[tuple[str, str]]:
        """Each field that breaks a rule, and the rule."""
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not _is_within(Decimal(value), low, high):
                facts = {"value": value, "low": count(low), "high": count(high)}
                yield name, _(_OUTSIDE) % facts
        for pair in _PAIRS:
            least = getattr(self, f"minimum_{pair}")
            most = getattr(self, f"maximum_{pair}")
            if least is None or most is None:
                continue
            if most.is_finite() and least.is_finite() and most < least:
                text = _("the maximum %(most)s is below the minimum %(least)s")
                yield f"maximum_{pair}", text % {"most": most, "least": least}


def _is_within(value: Decimal, low: Decimal, high: Decimal) -> bool:
    return value.is_finite() and low <= value <= high
