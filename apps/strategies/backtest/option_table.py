"""The named options of a backtest: the one table behind CLI, form, API and report."""

import math
from dataclasses import dataclass
from typing import Final, Literal

from apps.strategies.backtest.texts import gettext_noop as _

Value = float | str | None


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option: what it is called, what it accepts, what it means.

    ``low`` and ``high`` are inclusive unless ``low_open`` or ``high_open`` says
    otherwise. ``optional`` allows None, written as an empty text.
    """

    name: str
    label: str
    help: str
    kind: Literal["float", "choice"]
    default: Value
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    optional: bool = False

    def parse(self, raw: object) -> Value:
        """The value of a text or of a value already typed. Raises ValueError."""
        if raw is None or raw == "":
            if self.optional:
                return None
            raise ValueError("a value is required")
        return self._choice(raw) if self.kind == "choice" else self._float(raw)

    def _choice(self, raw: object) -> str:
        text = str(raw).replace("_", "-")
        if text not in self.choices:
            raise ValueError(f"{raw!r} is not one of {', '.join(self.choices)}")
        return text

    def _float(self, raw: object) -> float:
        try:
            value = float(raw)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{raw!r} is not a number") from None
        if isinstance(raw, bool) or not math.isfinite(value):
            raise ValueError(f"{raw!r} is not a finite number")
        self._check_bounds(value)
        return value

    def _check_bounds(self, value: float) -> None:
        if value < self.low or (self.low_open and value == self.low):
            rule = "above" if self.low_open else "at least"
            raise ValueError(f"{value:g} must be {rule} {self.low:g}")
        if value > self.high or (self.high_open and value == self.high):
            rule = "below" if self.high_open else "at most"
            raise ValueError(f"{value:g} must be {rule} {self.high:g}")


def _level(name: str, label: str, help: str, below: float = 1) -> OptionField:
    """A protective level that replaces the strategy's own, as a ratio."""
    return OptionField(
        name,
        label,
        help,
        "float",
        None,
        low=0,
        high=below,
        high_open=True,
        optional=True,
    )


def _choice(name: str, label: str, help: str, *choices: str) -> OptionField:
    """A choice whose first alternative is the default."""
    return OptionField(name, label, help, "choice", choices[0], choices=choices)


OPTION_FIELDS: Final = (
    OptionField(
        "cash",
        _("Starting cash"),
        _("Quote units in the account before the first bar."),
        "float",
        10_000.0,
        low=0,
        low_open=True,
        high=1e15,
    ),
    OptionField(
        "fee",
        _("Fee rate"),
        _("Part of the notional taken at each fill: 0.001 is 0.1 %."),
        "float",
        0.001,
        low=0,
        high=0.1,
    ),
    OptionField(
        "slippage",
        _("Slippage"),
        _(
            "Part of the price by which market orders and stops fill against the "
            "trader: 0.0005 is 5 basis points. A target is a limit order and has none."
        ),
        "float",
        0.0,
        low=0,
        high=0.1,
    ),
    _choice(
        "sizing",
        _("Sizing"),
        _(
            "all-in spends the whole equity, fraction spends the part named by size, "
            "fixed trades size base units; the entry's fee is reserved."
        ),
        "all-in",
        "fraction",
        "fixed",
    ),
    OptionField(
        "size",
        _("Size"),
        _("With fraction: part of the equity, at most 1. With fixed: base units."),
        "float",
        None,
        low=0,
        low_open=True,
        high=1e15,
        optional=True,
    ),
    _choice(
        "rounding",
        _("Rounding"),
        _(
            "lot rounds quantities down to the lot size and levels to the tick size "
            "where the instrument has them; none trades any quantity at any price."
        ),
        "lot",
        "none",
    ),
    OptionField(
        "step",
        _("Quantity step"),
        _("Replaces the instrument's lot size, in base units."),
        "float",
        None,
        low=1e-18,
        high=1e15,
        optional=True,
    ),
    _choice(
        "fill",
        _("Fill"),
        _(
            "next-open fills a signal at the next bar's open; signal-close fills it at "
            "the close it was computed from, which nobody can do live."
        ),
        "next-open",
        "signal-close",
    ),
    _choice(
        "levels_from",
        _("Levels live from"),
        _("Whether stops and targets can be hit in the bar of the entry itself."),
        "entry-bar",
        "next-bar",
    ),
    _choice(
        "levels_base",
        _("Levels measured from"),
        _(
            "Stop-loss and take-profit are measured from the entry's fill price or "
            "from the close of the signal's bar."
        ),
        "fill",
        "signal-close",
    ),
    _choice(
        "level_order",
        _("Order at the open"),
        _(
            "open-first fills market orders due at a bar's open before the bar's stops "
            "and targets; stop-first does the opposite, which is not the order of time."
        ),
        "open-first",
        "stop-first",
    ),
    _choice(
        "trail_from",
        _("Trailing stop follows from"),
        _(
            "Whether the entry bar's own high (low for a short) already moves the "
            "trailing stop once that bar is complete."
        ),
        "entry-bar",
        "after-entry",
    ),
    _level(
        "stop_loss",
        _("Stop-loss"),
        _(
            "Distance against the position, 0.03 is 3 %. Empty keeps the strategy's "
            "own, 0 switches it off."
        ),
    ),
    _level(
        "take_profit",
        _("Take-profit"),
        _(
            "Distance in favour of the position, 0.06 is 6 %. Empty keeps the "
            "strategy's own, 0 switches it off."
        ),
        below=100,
    ),
    _level(
        "trailing_stop",
        _("Trailing stop"),
        _(
            "Distance from the best price since the entry, 0.02 is 2 %. Empty keeps "
            "the strategy's own, 0 switches it off."
        ),
    ),
)
BY_NAME: Final = {option.name: option for option in OPTION_FIELDS}
