"""The rules a backtest is run by, as chosen by the person who starts it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from apps.common.errors import InvalidFields
from apps.strategies.backtest.option_table import BY_NAME, OPTION_FIELDS, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One value per row of ``OPTION_FIELDS``, which says what each means.

    Raises InvalidFields, each error under the option's name.
    """

    cash: float = 10_000.0
    fee: float = 0.001
    slippage: float = 0.0
    sizing: str = "all-in"
    size: float | None = None
    rounding: str = "lot"
    step: float | None = None
    fill: str = "next-open"
    levels_from: str = "entry-bar"
    levels_base: str = "fill"
    level_order: str = "open-first"
    trail_from: str = "entry-bar"
    stop_loss: float | None = None
    take_profit: float | None = None
    trailing_stop: float | None = None

    def __post_init__(self) -> None:
        errors: dict[str, str] = {}
        for option in OPTION_FIELDS:
            try:
                value = option.parse(getattr(self, option.name))
            except ValueError as error:
                errors[option.name] = str(error)
            else:
                object.__setattr__(self, option.name, value)
        errors = errors or self._contradictions()
        if errors:
            raise InvalidFields(errors)

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Self:
        """Options from texts or typed values by name; what is left out is default.

        Raises InvalidFields for a name or a value that is not allowed.
        """
        unknown = [name for name in raw if name not in BY_NAME]
        if unknown:
            known = ", ".join(BY_NAME)
            rule = f"there is no such option; choose from {known}"
            raise InvalidFields(dict.fromkeys(unknown, rule))
        return cls(**raw)  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Value]:
        """Name to value, in the table's order; what is pinned and reported."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def _contradictions(self) -> dict[str, str]:
        errors = {}
        if self.sizing != "all-in" and self.size is None:
            errors["size"] = f"sizing {self.sizing} needs a size"
        elif self.sizing == "fraction" and (self.size or 0) > 1:
            errors["size"] = f"{self.size:g} must be at most 1 with sizing fraction"
        if self.step is not None and self.rounding == "none":
            errors["step"] = "a step needs rounding lot"
        return errors
