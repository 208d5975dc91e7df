"""Exchanges, and clients of them, for the tests of the protocol."""

import time
from decimal import Decimal
from typing import Any

import ccxt.async_support
import ccxt.pro

from apps.markets.simulator.core.accounts import Key
from apps.markets.simulator.core.clock import Clock
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import OrderRequest
from apps.markets.simulator.core.quirks import NO_QUIRKS, Quirks
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.market_data import Candle
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.memory import MemoryMarket
from apps.markets.simulator.web.server import Simulator

KEY, SECRET, TOKEN = "key-of-alice", "secret-of-alice", "the-token"
READ_KEY, READ_SECRET = "key-that-reads", "secret-that-reads"
BOB = "bob"
BTC = Instrument("BTC_USDT", "BTC", "USDT", 1, 6, Decimal("0.00001"))
ETH = Instrument("ETH_USDT", "ETH", "USDT", 2, 4, Decimal("0.001"))
PRICE = Decimal("20000")


def d(text: str) -> Decimal:
    return Decimal(text)


def make_venue(*, clock: Clock | None = None, quirks: Quirks = NO_QUIRKS) -> Venue:
    """Two pairs, alice with money and two keys, bob with money and no key."""
    venue = Venue.open(None, clock=clock, quirks=quirks)
    for instrument in (BTC, ETH):
        venue.set_instrument(instrument)
    venue.ensure_account(
        "alice",
        uid=1001,
        keys={
            KEY: Key(SECRET),
            READ_KEY: Key(READ_SECRET, frozenset({"read-only"})),
        },
        deposits={"USDT": d("100000"), "BTC": d("10")},
    )
    funds = {"USDT": d("10000000"), "BTC": d("1000"), "ETH": d("1000")}
    venue.ensure_account(BOB, uid=1002, deposits=funds)
    return venue


def make_exchange(venue: Venue | None = None, **changes: Any) -> Exchange:
    venue = venue or make_venue()
    return Exchange(venue, MemoryMarket(venue), token=TOKEN, **changes)


def bob(venue: Venue, side: str, amount: str, price: str | None = None, **more: Any):
    """Bob's order: limit with a price, else market."""
    kind = {} if price else {"type": "market", "time_in_force": "ioc"}
    request = OrderRequest(
        more.pop("instrument", "BTC_USDT"),
        side,
        d(amount),
        d(price) if price else None,
        **{**kind, **more},
    )
    return venue.place(BOB, request)


def fill_book(venue: Venue) -> None:
    """Bob stands on both sides around 20,000."""
    for step in range(1, 6):
        bob(venue, "buy", "1", str(PRICE - step * 10))
        bob(venue, "sell", "1", str(PRICE + step * 10))


def put_minutes(exchange: Exchange, count: int) -> None:
    """Past minutes with a volume of 1 each, up to the last whole one."""
    now = exchange.venue.clock.now_ms()
    last = now - now % 60_000
    for back in range(1, count + 1):
        row = Candle(last - back * 60_000, *(PRICE,) * 4, d("1"), PRICE, True)
        exchange.market.put("BTC_USDT", "1m", row)


def client(simulator: Simulator, *, pro: bool = False, **changes: Any) -> Any:
    """An unmodified ccxt client: only its URLs and options are set."""
    module = ccxt.pro if pro else ccxt.async_support
    options = {
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "adjustForTimeDifference": True,
    }
    settings = {"apiKey": KEY, "secret": SECRET, "options": options, **changes}
    exchange = module.gate(settings)
    point(exchange, simulator)
    return exchange


def point(exchange: Any, simulator: Simulator) -> None:
    """Set the URLs; the swap's must name its type (it is how ccxt tells them)."""
    api = exchange.urls["api"]
    for access in ("public", "private"):
        api[access] = dict.fromkeys(api[access], simulator.rest_url)
    api["ws"] = api["spot"] = simulator.ws_url
    swap = f"ws://{simulator.host}:{simulator.port}/v4/ws/futures/usdt"
    for kind in ("swap", "future", "option"):
        api[kind] = {"usdt": swap, "btc": swap}


def now_s() -> int:
    return int(time.time())
