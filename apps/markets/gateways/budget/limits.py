"""What each exchange allows, as limits over sliding windows.

Gate.io's are its documented ones, per group of endpoints. Of the others only the pace
is known at which ccxt calls them; one limit over all their endpoints keeps to it.
A limit is the exchange's own number: which part of it we use is a setting.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from apps.markets.gateways.pacing import Priority

# Of a limit, what each priority may fill; the rest is kept free for those before it.
_SHARED: Final = (1.0, 0.9, 0.8, 0.7)
# Where orders never go there is less to keep free.
_READING: Final = (1.0, 1.0, 0.95, 0.9)
# And what is its own, however much is asked for before it: nobody waits for ever.
_OWN: Final = 0.05
# A window is counted in so many steps; a call stays counted to the end of its step.
STEPS: Final = 50
# History is spread over the window: so many steps hold little more than their share.
# Else who happens to wake first takes all, and the rest waits a window.
PACE_STEPS: Final = 5
_PACE: Final = 1.25


@dataclass(frozen=True, slots=True)
class Limit:
    """``calls`` of weight one within any ``window_ms``; 10 at least.

    ``name`` is the group's in the shared state and on the page. ``ceilings`` are how
    full the window may be for a call of each priority, ``floors`` what a priority may
    always use, even while those before it wait.
    """

    name: str
    calls: int
    window_ms: int
    shares: tuple[float, float, float, float] = _SHARED

    @property
    def step_ms(self) -> int:
        return max(1, self.window_ms // STEPS)

    @property
    def ceilings(self) -> tuple[int, ...]:
        return tuple(max(1, int(self.calls * share)) for share in self.shares)

    @property
    def floors(self) -> tuple[int, ...]:
        own = max(1, int(self.calls * _OWN))
        return (0, 0, own, own)

    @property
    def pace(self) -> int:
        """How much history may go within ``PACE_STEPS``."""
        evenly = self.ceilings[Priority.HISTORY] * PACE_STEPS / STEPS
        return max(1, int(evenly * _PACE))

    def charge(self, weight: int, priority: Priority) -> int:
        """The weight as counted here: never more than could ever be granted."""
        return max(1, min(weight, self.ceilings[priority]))


Rules = Callable[[str], tuple[Limit, ...]]

_PLACING: Final = frozenset(
    {
        "POST /spot/orders",
        "PATCH /spot/orders/{order_id}",
        "POST /spot/batch_orders",
        "POST /spot/amend_batch_orders",
        "POST /spot/price_orders",
    }
)
_PUBLIC_SPOT: Final = frozenset(
    f"GET /spot/{name}"
    for name in (
        *("time", "currencies", "currency_pairs", "tickers"),
        *("order_book", "trades", "candlesticks"),
    )
)
_PUBLIC_FUTURES: Final = frozenset(
    f"GET /futures/{{settle}}/{name}"
    for name in (
        *("contracts", "contracts/{contract}", "contract_stats", "tickers"),
        *("order_book", "trades", "candlesticks", "premium_index", "funding_rate"),
    )
)
# ccxt's milliseconds between calls of weight one; the rest of the world is slower.
_PACES_MS: Final = {
    "binance": 50,
    "binanceusdm": 50,
    "binanceus": 50,
    "bybit": 20,
    "okx": 110,
    "bitget": 50,
    "mexc": 50,
    "kucoin": 20,
    "coinbase": 50,
    "htx": 100,
    "bingx": 100,
    "bitfinex": 250,
    "coincheck": 1500,
    "bitso": 2000,
    "tokocrypto": 2000,
    "bit2c": 3000,
}
_UNKNOWN_PACE_MS: Final = 1_000
_WINDOW_MS: Final = 10_000


def rules_of(exchange: str, share: float = 1.0) -> Rules:
    """Which limits a call of an exchange counts against; ``share`` of them is ours."""
    return lru_cache(maxsize=512)(
        lambda call: tuple(_part(limit, share) for limit in _limits(exchange, call))
    )


def _part(limit: Limit, share: float) -> Limit:
    calls = int(limit.calls * min(max(share, 0.0), 1.0))
    return replace(limit, calls=max(calls, 1))


def _limits(exchange: str, call: str) -> tuple[Limit, ...]:
    if exchange == "gate":
        return (gate_limit(call),)
    pace_ms = _PACES_MS.get(exchange, _UNKNOWN_PACE_MS)
    window_ms = max(_WINDOW_MS, 10 * pace_ms)
    return (Limit("all calls", window_ms // pace_ms, window_ms),)


def gate_limit(call: str) -> Limit:
    """Gate.io's limit for a call.

    Placing counts by user and pair there, by exchange here: the budget is not told
    the pair, and the stricter reading costs an order at most a second.
    """
    if call in _PLACING:
        return Limit("spot: place and amend", 10, 1_000)
    if _is_cancel(call):
        kind = "spot" if " /spot/" in call else "perpetual"
        return Limit(f"{kind}: cancel", 200, 1_000)
    if " /futures/" in call and not call.startswith("GET") and "orders" in call:
        return Limit("perpetual: place and amend", 100, 1_000)
    is_public = call in _PUBLIC_SPOT or call in _PUBLIC_FUTURES
    return Limit(call, 200, 10_000, _READING if is_public else _SHARED)


def _is_cancel(call: str) -> bool:
    is_order = "orders" in call
    return (call.startswith("DELETE") and is_order) or (
        call.startswith("POST") and ("cancel_batch" in call or "batch_cancel" in call)
    )
