"""What a strategy that decides bar by bar is shown, and what it may answer."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal


class Decision(Enum):
    """An answer given at a bar's close; ``None`` means HOLD.

    An entry while a position is open is ignored, as an exit is without one.
    A reversal leaves the other side and enters on the same fill.
    """

    HOLD = auto()
    ENTER_LONG = auto()
    ENTER_SHORT = auto()
    EXIT = auto()
    REVERSE_LONG = auto()
    REVERSE_SHORT = auto()


# Not frozen: freezing makes each of a million bars three times as dear to build.
@dataclass(slots=True)
class Bar:
    """One completed bar. Prices are quote per base, volume is in base units.

    ``time_ms`` is the open time; ``index`` the bar's place in the run, which is also
    its place in the indicator arrays.
    """

    time_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    index: int


@dataclass(slots=True)
class Position:
    """What is held at the bar's close.

    ``side`` is None when nothing is held, and the numbers are 0. ``quantity`` is in
    base units and never negative; ``bars_held`` counts the bars completed since the
    entry's fill, that one included; ``profit`` is unrealised, in quote, the entry fee
    taken off.
    """

    side: Literal["long", "short"] | None = None
    quantity: float = 0.0
    entry_price: float = 0.0
    opened_ms: int = 0
    bars_held: int = 0
    profit: float = 0.0
