"""The classic breakout, the entry rule of the Turtles."""

from apps.strategies.authoring import (
    Bars,
    Float,
    Floats,
    Indicators,
    Integer,
    Levels,
    Signals,
    Strategy,
    donchian,
)


class DonchianBreakout(Strategy):
    """Buys a close above the channel of the bars before, leaves by a trailing stop.

    The channel is the highest high of the *period* bars before the current one. There
    is no other way out than the stop, which follows the highest price since the entry
    at a distance of *trailing_stop*, as a ratio of that price (0.02 is 2 %).
    """

    period = Integer(20, low=2, high=500, help="Bars in the channel")
    trailing_stop = Float(
        0.02, low=0.001, high=0.5, help="Distance of the stop as a ratio: 0.02 is 2 %"
    )

    @property
    def warm_up(self) -> int:
        return self.period

    def indicators(self, bars: Bars) -> dict[str, Floats]:
        channel = donchian(bars.high, bars.low, self.period)
        return {"upper": channel.upper, "lower": channel.lower}

    def signals(self, bars: Bars, x: Indicators) -> Signals:
        return Signals(
            enter_long=bars.close > x.upper,
            levels=Levels(trailing_stop=self.trailing_stop),
        )
