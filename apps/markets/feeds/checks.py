"""Values that are not believed: refused, counted by rule, and never shown as prices.

Streams have been sifted already (finite, above zero): these rules look across
messages. Every rule ends by itself: no price stays refused for ever.
"""

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from apps.common.wording import gettext_noop as _
from apps.markets.gateways.types import PublicTrade, Ticker

OUT_OF_ORDER: Final = _("out of order")
TWICE: Final = _("twice")
JUMP: Final = _("an absurd jump")
CROSSED: Final = _("bid above ask")
NOT_A_PRICE: Final = _("not a price")

# A price that doubles or halves from one message to the next is taken for an error ...
_MOST: Final = Decimal(2)
# ... until so many in a row agree with each other, or so long after the last good one.
_AGREEING: Final = 3
_AGREE_RATIO: Final = Decimal("1.1")
_FORGET_MS: Final = 60_000
_REMEMBERED: Final = 2_000


@dataclass(slots=True)
class JumpGuard:
    """Believes a jump once it is confirmed: real crashes happen too."""

    _last: Decimal | None = None
    _last_ms: int = 0
    _doubted: list[Decimal] = field(default_factory=list)

    def is_absurd(self, price: Decimal, now_ms: int) -> bool:
        last = self._last
        if (
            last is None
            or now_ms - self._last_ms >= _FORGET_MS
            or _is_near(price, last, _MOST)
        ):
            return self._believe(price, now_ms)
        self._doubted = [p for p in self._doubted if _is_near(p, price, _AGREE_RATIO)]
        self._doubted.append(price)
        if len(self._doubted) >= _AGREEING:
            return self._believe(price, now_ms)
        return True

    def _believe(self, price: Decimal, now_ms: int) -> bool:
        self._last, self._last_ms = price, now_ms
        self._doubted.clear()
        return False


def _is_near(one: Decimal, other: Decimal, ratio: Decimal) -> bool:
    return one < other * ratio and other < one * ratio


@dataclass(slots=True)
class TickerCheck:
    """The order in time, the spread, and the jumps of one instrument's tickers."""

    _guard: JumpGuard = field(default_factory=JumpGuard)
    _time_ms: int = -1

    def rule_broken(self, ticker: Ticker, now_ms: int) -> str:
        """The rule, or "" for a ticker to be believed."""
        price = ticker.last
        if price is None or not price.is_finite() or price <= 0:
            return NOT_A_PRICE
        if ticker.time_ms is not None and ticker.time_ms < self._time_ms:
            return OUT_OF_ORDER
        bid, ask = ticker.bid, ticker.ask
        if bid is not None and ask is not None and bid > ask:
            return CROSSED
        if self._guard.is_absurd(price, now_ms):
            return JUMP
        self._time_ms = max(self._time_ms, ticker.time_ms or -1)
        return ""


@dataclass(slots=True)
class TradeCheck:
    """Each trade once, in order, none at a price from nowhere."""

    _guard: JumpGuard = field(default_factory=JumpGuard)
    _ids: set[str] = field(default_factory=set)
    _order: deque[str] = field(default_factory=deque)
    _time_ms: int = -1

    def rule_broken(self, trade: PublicTrade, now_ms: int) -> str:
        """The rule, or "" for a trade to be believed."""
        if not trade.price.is_finite() or trade.price <= 0 or trade.quantity <= 0:
            return NOT_A_PRICE
        if trade.id in self._ids:
            return TWICE
        self._remember(trade.id)
        if trade.time_ms < self._time_ms:
            return OUT_OF_ORDER
        if self._guard.is_absurd(trade.price, now_ms):
            return JUMP
        self._time_ms = trade.time_ms
        return ""

    def knows(self, trade_id: str) -> bool:
        return trade_id in self._ids

    def _remember(self, trade_id: str) -> None:
        self._ids.add(trade_id)
        self._order.append(trade_id)
        if len(self._order) > _REMEMBERED:
            self._ids.discard(self._order.popleft())


@dataclass(slots=True)
class CandleCheck:
    """No candle from a price out of nowhere; ``CandleBuilder`` looks at the order."""

    step_ms: int
    _guard: JumpGuard = field(default_factory=JumpGuard)

    def rule_broken(
        self, time_ms: int, prices: tuple[Decimal, ...], volume: Decimal, now_ms: int
    ) -> str:
        """``prices`` are open, high, low and close."""
        opened, high, low, close = prices
        if not all(p.is_finite() for p in prices) or not volume.is_finite():
            return NOT_A_PRICE
        if not 0 < low <= opened <= high or not low <= close <= high or volume < 0:
            return NOT_A_PRICE
        if time_ms % self.step_ms or time_ms > now_ms + 2 * self.step_ms:
            return OUT_OF_ORDER
        return JUMP if self._guard.is_absurd(close, now_ms) else ""
