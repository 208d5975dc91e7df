"""What an exchange demands of an order, as the engine needs it."""

from dataclasses import dataclass, fields

from apps.common.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class InstrumentRules:
    """Steps and minimum of one instrument; None is unknown and not enforced.

    ``lot_size`` in base units, ``tick_size`` in quote per base, ``minimum_notional``
    in quote.
    """

    lot_size: float | None = None
    tick_size: float | None = None
    minimum_notional: float | None = None

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self)):
            value = getattr(self, name)
            if value is not None and not 1e-18 <= value <= 1e18:
                rule = f"{name} {value} must be between 1e-18 and 1e18"
                raise InvalidInput(rule, field=name)

    def to_dict(self) -> dict[str, float | None]:
        return {f.name: getattr(self, f.name) for f in fields(self)}
