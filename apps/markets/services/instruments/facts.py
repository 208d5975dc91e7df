"""One line of an exchange's list as the values of our row, or the reason why not."""

from decimal import Context, Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.common import clock, money
from apps.markets.gateways.types import MarketRules, Refusal
from apps.markets.models import Instrument
from apps.markets.models.instruments import CHANGE_LENGTH, POSITIVE_RULES

# Of our fields, those that the exchange decides, and its words for them.
RULES: Final = {
    "contract_size": "contract_size",
    "tick_size": "tick_size",
    "lot_size": "lot_size",
    "minimum_quantity": "min_quantity",
    "maximum_quantity": "max_quantity",
    "minimum_notional": "min_notional",
    "maximum_notional": "max_notional",
    "maker_fee": "maker_fee",
    "taker_fee": "taker_fee",
}
NAMES: Final = ("symbol", "exchange_symbol", "base", "quote", "settle", "kind")
TIMES: Final = ("listed_at", "delisted_at")
# What a change of is news and history; "status" has events of its own.
TOLD: Final = (*NAMES, *RULES, "status")
FIELDS: Final = (*TOLD, *TIMES)
_LENGTHS: Final = {
    name: getattr(Instrument._meta.get_field(name), "max_length", 0)
    for name in ("symbol", "exchange_symbol", "base", "quote", "settle")
}
_LARGEST: Final = Decimal(10) ** (money.MAX_DIGITS - money.DECIMAL_PLACES)
_SMALLEST: Final = Decimal(1).scaleb(-money.DECIMAL_PLACES)
# More digits than a column has; the usual 28 are fewer.
_EXACT: Final = Context(prec=60)
# SQLite keeps decimals as floats: a value comes back with so many digits.
_KEPT: Final = Context(prec=15)

Facts = dict[str, Any]


class Unusable(Exception):
    """This line cannot be taken; ``refusal`` says which value and why."""

    def __init__(self, field: str, rule: str, given: object) -> None:
        super().__init__(rule)
        self.refusal = Refusal(field, rule, str(given)[:60])


def facts_of(rules: MarketRules) -> Facts:
    """The values of a row. Raises Unusable for what our columns cannot hold."""
    facts: Facts = {
        "symbol": rules.symbol,
        "exchange_symbol": rules.exchange_id,
        "base": rules.base,
        "quote": rules.quote,
        "settle": rules.settle,
        "kind": str(rules.kind),
        "status": str(rules.status),
        "listed_at": _moment(rules.listed_at_ms),
        "delisted_at": _moment(rules.delisted_at_ms),
    }
    for name, length in _LENGTHS.items():
        if len(facts[name]) > length:
            raise Unusable(name, _("too long"), facts[name])
    for name, theirs in RULES.items():
        facts[name] = _rule(name, getattr(rules, theirs))
    return facts


def differing(row: Instrument, facts: Facts) -> list[str]:
    """The fields in which the row is not what the exchange says."""
    return [
        name
        for name in FIELDS
        if name in facts and not _same(getattr(row, name), facts[name])
    ]


def text_of(value: Any) -> str:
    """A value in the history: short and exact; empty when unknown."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize(_EXACT):f}"[:CHANGE_LENGTH]
    return str(value)[:CHANGE_LENGTH]


def _rule(name: str, value: Decimal | None) -> Decimal | None:
    if value is None or (value == 0 and name in POSITIVE_RULES):
        return None  # a limit of zero is no limit
    if abs(value) >= _LARGEST:
        if name.startswith("maximum"):
            return None  # so is one beyond every order
        raise Unusable(name, _("too large"), value)
    if 0 < abs(value) < _SMALLEST:
        if name.startswith("minimum"):
            return None
        raise Unusable(name, _("too small"), value)
    return value.quantize(_SMALLEST, context=_EXACT)


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, Decimal) and isinstance(theirs, Decimal):
        return ours == theirs or _KEPT.plus(ours) == _KEPT.plus(theirs)
    return bool(ours == theirs)


def _moment(time_ms: int | None) -> Any:
    return None if time_ms is None else clock.from_ms(time_ms)
