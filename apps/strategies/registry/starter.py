"""The file a new strategy begins as: it runs as it is, and says what to change."""

from pathlib import Path

from apps.common.errors import Conflict
from apps.common.wording import gettext as _
from apps.strategies.registry.names import checked_name, class_name

STARTER = '''\
"""{title}: what is the idea, in one line?"""

from apps.strategies.authoring import (
    Float,
    Integer,
    Levels,
    Signals,
    Strategy,
    crossed_above,
    crossed_below,
    sma,
)


class {class_name}(Strategy):
    """Buys when the close crosses above its average, sells when it crosses below.

    This text is what people read about the strategy in the admin: say when it enters,
    when it leaves, and in which market it should work.
    """

    # Parameters become fields of the backtest form, with their bounds enforced.
    # There are Integer, Float, Boolean and Choice.
    period = Integer(20, low=2, high=200, help="Bars in the average")
    stop_loss = Float(0.05, low=0.001, high=0.5, help="As a ratio: 0.05 is 5 %")

    # A rule between two parameters is a method check(self) that raises
    # InvalidInput("fast is not below slow", field="fast"); the EMA cross has one.

    @property
    def warm_up(self):
        """Bars that must have passed before the first signal can be trusted."""
        return self.period

    def indicators(self, bars):
        """One array per name, as long as the bars.

        bars has time_ms, open, high, low, close and volume, oldest first.
        """
        return {{"average": sma(bars.close, self.period)}}

    def signals(self, bars, x):
        """True on the bars at whose close to act; the order fills at the next open.

        x has what indicators() returned. To sell short, give enter_short and
        exit_short as well.
        """
        return Signals(
            enter_long=crossed_above(bars.close, x.average),
            exit_long=crossed_below(bars.close, x.average),
            levels=Levels(stop_loss=self.stop_loss),
        )
'''


def starter_source(name: str) -> str:
    """The text of a strategy called ``name``. Raises InvalidInput for a bad name."""
    title = checked_name(name).replace("_", " ").capitalize()
    return STARTER.format(title=title, class_name=class_name(name))


def write_starter(name: str, folder: Path) -> Path:
    """Writes ``folder/name.py`` and makes the folder. Never replaces a file.

    Raises InvalidInput for a bad name, Conflict when the file is there.
    """
    source = starter_source(name)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.py"
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(source)
    except FileExistsError:
        message = _("%(file)s exists already") % {"file": file}
        raise Conflict(message, field="name") from None
    return file
