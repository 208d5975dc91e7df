"""How this room talks to exchanges, as settings of the running desk."""

from apps.common import knobs
from apps.common.parameters import Integer

CLOCK_OFF_MS = knobs.declare(
    "markets.clock_off_ms",
    Integer(
        2_000,
        low=100,
        high=3_600_000,
        help="An exchange's clock that differs from ours by more is warned of.",
    ),
)
SYNC_EVERY_S = knobs.declare(
    "markets.sync_instruments_every_s",
    Integer(
        3_600,
        low=60,
        high=604_800,
        help="Instruments of each enabled exchange are synchronised so often.",
    ),
)
WATCH_LIST_REFRESH_S = knobs.declare(
    "markets.watch_list_refresh_s",
    Integer(
        300,
        low=30,
        high=86_400,
        help="A watch-list by rule that names no interval is refreshed so often.",
    ),
)
