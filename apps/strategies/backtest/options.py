"""The rules a backtest is run by, as chosen by the person who starts it.

The one table behind command line, form, API and report.
"""

from apps.common.errors import InvalidInput
from apps.common.parameterized import Parameterized
from apps.common.parameters import Choice, Float, Parameter
from apps.common.wording import gettext
from apps.common.wording import gettext_noop as _


class Options(Parameterized):
    """Named options with the defaults of the engine's rules."""

    unknown_text = _("there is no option %(name)s; the known ones are: %(known)s")

    cash = Float(
        10_000.0,
        above=0,
        high=1e15,
        label=_("Starting cash"),
        help=_("Quote units in the account before the first bar."),
    )
    fee = Float(
        0.001,
        low=0,
        high=0.1,
        label=_("Fee rate"),
        help=_("Part of the notional taken at each fill: 0.001 is 0.1 %."),
    )
    slippage = Float(
        0.0,
        low=0,
        high=0.1,
        label=_("Slippage"),
        help=_(
            "Part of the price by which market orders and stops fill against the "
            "trader: 0.0005 is 5 basis points. A target is a limit order and has none."
        ),
    )
    sizing = Choice(
        "all-in",
        choices=("all-in", "fraction", "fixed"),
        label=_("Sizing"),
        help=_(
            "all-in spends the whole equity, fraction spends the part named by size, "
            "fixed trades size base units; the entry's fee is reserved."
        ),
    )
    size: Parameter[float | None] = Float(
        None,
        above=0,
        high=1e15,
        label=_("Size"),
        help=_("With fraction: part of the equity, at most 1. With fixed: base units."),
    )
    rounding = Choice(
        "lot",
        choices=("lot", "none"),
        label=_("Rounding"),
        help=_(
            "lot rounds quantities down to the lot size and levels to the tick size "
            "where the instrument has them; none trades any quantity at any price."
        ),
    )
    step: Parameter[float | None] = Float(
        None,
        low=1e-18,
        high=1e15,
        label=_("Quantity step"),
        help=_("Replaces the instrument's lot size, in base units."),
    )
    fill = Choice(
        "next-open",
        choices=("next-open", "signal-close"),
        label=_("Fill"),
        help=_(
            "next-open fills a signal at the next bar's open; signal-close fills it at "
            "the close it was computed from, which nobody can do live."
        ),
    )
    levels_from = Choice(
        "entry-bar",
        choices=("entry-bar", "next-bar"),
        label=_("Levels live from"),
        help=_("Whether stops and targets can be hit in the bar of the entry itself."),
    )
    levels_base = Choice(
        "fill",
        choices=("fill", "signal-close"),
        label=_("Levels measured from"),
        help=_(
            "Stop-loss and take-profit are measured from the entry's fill price or "
            "from the close of the signal's bar."
        ),
    )
    level_order = Choice(
        "open-first",
        choices=("open-first", "stop-first"),
        label=_("Order at the open"),
        help=_(
            "open-first fills market orders due at a bar's open before the bar's stops "
            "and targets; stop-first does the opposite, which is not the order of time."
        ),
    )
    trail_from = Choice(
        "entry-bar",
        choices=("entry-bar", "after-entry"),
        label=_("Trailing stop follows from"),
        help=_(
            "Whether the entry bar's own high (low for a short) already moves the "
            "trailing stop once that bar is complete."
        ),
    )
    stop_loss: Parameter[float | None] = Float(
        None,
        low=0,
        below=1,
        label=_("Stop-loss"),
        help=_(
            "Distance against the position, 0.03 is 3 %. Empty keeps the strategy's "
            "own, 0 switches it off."
        ),
    )
    take_profit: Parameter[float | None] = Float(
        None,
        low=0,
        below=100,
        label=_("Take-profit"),
        help=_(
            "Distance in favour of the position, 0.06 is 6 %. Empty keeps the "
            "strategy's own, 0 switches it off."
        ),
    )
    trailing_stop: Parameter[float | None] = Float(
        None,
        low=0,
        below=1,
        label=_("Trailing stop"),
        help=_(
            "Distance from the best price since the entry, 0.02 is 2 %. Empty keeps "
            "the strategy's own, 0 switches it off."
        ),
    )

    def check(self) -> None:
        if self.sizing != "all-in" and self.size is None:
            rule = gettext("sizing %(sizing)s needs a size")
            raise InvalidInput(rule % {"sizing": self.sizing}, field="size")
        if self.sizing == "fraction" and (self.size or 0) > 1:
            rule = gettext("size %(size)s is above 1, the most of sizing fraction")
            raise InvalidInput(rule % {"size": self.size}, field="size")
        if self.step is not None and self.rounding == "none":
            raise InvalidInput(gettext("step needs rounding lot"), field="step")
