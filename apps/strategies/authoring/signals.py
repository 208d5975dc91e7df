"""What a strategy answers: on which bars to enter and leave, and where to give up."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Levels:
    """Protective levels as ratios of the entry price (0.03 is 3 %); None is none."""

    stop_loss: float | None = None
    take_profit: float | None = None
    trailing_stop: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Truth per bar, known at that bar's close; each of shape ``(n_bars,)``.

    A reversal says both: leave one side and enter the other on the same bar. An entry
    signal for a side while a position is open, without an exit, is ignored.
    """

    enter_long: Bools | None = None
    exit_long: Bools | None = None
    enter_short: Bools | None = None
    exit_short: Bools | None = None
    levels: Levels = field(default_factory=Levels)
