"""The classic contrarian: buy weakness, sell strength."""

from apps.common.wording import gettext as _
from apps.strategies.authoring import (
    Bars,
    Float,
    Floats,
    Indicators,
    Integer,
    InvalidInput,
    Signals,
    Strategy,
    rsi,
)


class RsiReversal(Strategy):
    """Buys when the RSI says oversold, sells when it says overbought.

    The rule is a level, not a cross: as long as the relative strength index of the
    closes is below *oversold* it may enter, and above *overbought* it leaves. A market
    that does not move at all has an RSI of 0 and so looks oversold.
    """

    title = "RSI reversal"

    period = Integer(14, low=2, high=100, help="Bars in the RSI")
    oversold = Float(30.0, low=1.0, high=99.0, help="Enter below this RSI")
    overbought = Float(70.0, low=1.0, high=99.0, help="Leave above this RSI")

    def check(self) -> None:
        if self.oversold >= self.overbought:
            rule = _("oversold %(oversold)s is not below overbought %(overbought)s")
            raise InvalidInput(rule % self.values(), field="oversold")

    @property
    def warm_up(self) -> int:
        return self.period

    def indicators(self, bars: Bars) -> dict[str, Floats]:
        return {"rsi": rsi(bars.close, self.period)}

    def signals(self, bars: Bars, x: Indicators) -> Signals:
        return Signals(
            enter_long=x.rsi < self.oversold, exit_long=x.rsi > self.overbought
        )
