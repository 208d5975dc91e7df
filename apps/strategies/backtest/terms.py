"""Options, instrument rules and levels boiled down to what the kernel computes with."""

from typing import Final, NamedTuple

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _
from apps.strategies.authoring.signals import Levels
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.rules import InstrumentRules

LONG: Final = 1
SHORT: Final = -1

EXIT_REASONS: Final = (
    "signal",
    "stop_loss",
    "take_profit",
    "trailing_stop",
    "liquidation",
)
BY_SIGNAL, BY_STOP, BY_TARGET, BY_TRAIL, BY_LIQUIDATION = range(len(EXIT_REASONS))

# Why an entry was refused; the texts are what the report shows.
REFUSAL_REASONS: Final = (
    "below_lot_size",
    "below_minimum_notional",
    "not_enough_cash",
    "stopped_before_reversal",
)
TOO_SMALL, UNDER_MINIMUM, NO_CASH, STOPPED_FIRST = range(len(REFUSAL_REASONS))


class Terms(NamedTuple):
    """Everything that is the same on every bar. Zero switches a level or step off."""

    cash: float
    fee: float
    slippage: float
    fixed: bool
    size: float
    lot: float
    lots_per_unit: float
    tick: float
    ticks_per_unit: float
    minimum_notional: float
    fill_at_close: bool
    levels_next_bar: bool
    levels_on_signal_close: bool
    stop_first: bool
    trail_from_entry: bool
    stop_loss: float
    take_profit: float
    trailing_stop: float


def terms_of(options: Options, rules: InstrumentRules, levels: Levels) -> Terms:
    """Raises InvalidInput when a level of the strategy is out of bounds."""
    rounds = options.rounding == "lot"
    lot = (options.step or rules.lot_size or 0.0) if rounds else 0.0
    tick = (rules.tick_size or 0.0) if rounds else 0.0
    return Terms(
        cash=options.cash,
        fee=options.fee,
        slippage=options.slippage,
        fixed=options.sizing == "fixed",
        size=1.0
        if options.size is None or options.sizing == "all-in"
        else options.size,
        lot=lot,
        lots_per_unit=_steps_per_unit(lot),
        tick=tick,
        ticks_per_unit=_steps_per_unit(tick),
        minimum_notional=rules.minimum_notional or 0.0,
        fill_at_close=options.fill == "signal-close",
        levels_next_bar=options.levels_from == "next-bar",
        levels_on_signal_close=options.levels_base == "signal-close",
        stop_first=options.level_order == "stop-first",
        trail_from_entry=options.trail_from == "entry-bar",
        stop_loss=_level("stop_loss", options.stop_loss, levels.stop_loss),
        take_profit=_level("take_profit", options.take_profit, levels.take_profit),
        trailing_stop=_level(
            "trailing_stop", options.trailing_stop, levels.trailing_stop
        ),
    )


def _level(name: str, chosen: float | None, own: float | None) -> float:
    """The option where it is set, else the strategy's own level, else none."""
    value = own if chosen is None else chosen
    if value is None:
        return 0.0
    try:
        return float(Options.parameters()[name].parse(value) or 0.0)
    except InvalidInput as error:
        message = _("The strategy's own level: %(what)s") % {"what": error.message}
        raise InvalidInput(message, field=name) from None


def _steps_per_unit(step: float) -> float:
    """How many steps make one, when that is a whole number; else 0.

    Dividing by it gives the float nearest to the decimal (3 / 10 is 0.3), which
    multiplying by a step does not (3 * 0.1 is not).
    """
    if not 0 < step <= 1:
        return 0.0
    count = round(1 / step)
    return float(count) if abs(count * step - 1) < 1e-12 else 0.0
