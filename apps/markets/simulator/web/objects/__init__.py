"""The venue's values as Gate.io writes them: which field, which JSON type.

Money and ids are texts over REST; some ids are numbers over WebSocket. Times are
seconds unless the field ends in ``_ms``. Source: the protocol reference, part 2.1.
"""

from apps.markets.simulator.web.objects.accounts import (
    balance,
    book_entry,
    fee,
)
from apps.markets.simulator.web.objects.market import (
    book,
    candle,
    levels,
    pushed_candle,
    pushed_trade,
    ticker,
    trade,
)
from apps.markets.simulator.web.objects.numbers import (
    micro_ms,
    number,
)
from apps.markets.simulator.web.objects.orders import (
    NO_TEXT,
    fill,
    order,
    pushed_fill,
    pushed_order,
    short_order,
)
from apps.markets.simulator.web.objects.rules import (
    currency,
    pair,
)
from apps.markets.simulator.web.objects.triggers import (
    pushed_trigger,
    trigger,
)

__all__ = (
    "NO_TEXT",
    "balance",
    "book",
    "book_entry",
    "candle",
    "currency",
    "fee",
    "fill",
    "levels",
    "micro_ms",
    "number",
    "order",
    "pair",
    "pushed_candle",
    "pushed_fill",
    "pushed_order",
    "pushed_trade",
    "pushed_trigger",
    "short_order",
    "ticker",
    "trade",
    "trigger",
)
