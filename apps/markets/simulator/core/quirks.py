"""Gate.io's habits that bite, each of which can be turned off."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirks:
    """Times in milliseconds; 0 turns a quirk off.

    ``unseen_ms``: an order just placed is not found by a look-up.
    ``forget_unfilled_ms``: an order cancelled without a fill is forgotten.
    ``text_lookup_ms``: how long a finished order is found by its text.
    ``fills_delay_ms``: how much later than the order a fill shows in ``my_trades``.

    How many orders and how many triggers an account may have open in one instrument;
    0 is without end. So is ``candle_reach``: how many candles back from now one may
    ask for.
    """

    unseen_ms: int = 200
    forget_unfilled_ms: int = 60_000
    text_lookup_ms: int = 3_600_000
    fills_delay_ms: int = 0
    most_open_orders: int = 500
    most_open_triggers: int = 100
    candle_reach: int = 10_000


# Without its oddities; how much history it shows is none of them.
NO_QUIRKS = Quirks(0, 0, 0, 0, 0, 0)
