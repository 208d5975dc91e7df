"""The classic trend follower: two exponential averages."""

from apps.common.wording import gettext as _
from apps.strategies.authoring import (
    Bars,
    Boolean,
    Floats,
    Indicators,
    Integer,
    InvalidInput,
    Signals,
    Strategy,
    crossed_above,
    crossed_below,
    ema,
)


class EmaCross(Strategy):
    """Long while the fast average is above the slow one.

    Enters when the fast exponential average of the closes crosses above the slow one
    and leaves when it crosses below. With *short*, the cross below also opens a short
    position, so that after the first cross one side or the other is always held.
    """

    title = "EMA cross"

    fast = Integer(12, low=2, high=50, help="Bars in the fast average")
    slow = Integer(26, low=5, high=200, help="Bars in the slow average")
    short = Boolean(False, help="Also sell short on the cross below")

    def check(self) -> None:
        if self.fast >= self.slow:
            rule = _("fast %(fast)s is not below slow %(slow)s") % self.values()
            raise InvalidInput(rule, field="fast")

    @property
    def warm_up(self) -> int:
        return self.slow

    def indicators(self, bars: Bars) -> dict[str, Floats]:
        return {"fast": ema(bars.close, self.fast), "slow": ema(bars.close, self.slow)}

    def signals(self, bars: Bars, x: Indicators) -> Signals:
        up, down = crossed_above(x.fast, x.slow), crossed_below(x.fast, x.slow)
        if self.short:
            return Signals(
                enter_long=up, exit_long=down, enter_short=down, exit_short=up
            )
        return Signals(enter_long=up, exit_long=down)
