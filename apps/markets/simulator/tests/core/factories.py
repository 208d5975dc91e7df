"""Venues and requests for the tests of the core."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import OrderRequest
from apps.markets.simulator.core.quirks import NO_QUIRKS, Quirks
from apps.markets.simulator.core.venue import Venue

START_MS = 1_700_000_000_000
BTC = "BTC_USDT"


def make_instrument(**changes: Any) -> Instrument:
    values: dict[str, Any] = {
        "id": BTC,
        "base": "BTC",
        "quote": "USDT",
        "price_precision": 2,
        "amount_precision": 4,
        "min_base": Decimal("0.0001"),
        "min_quote": Decimal("1"),
        "maker_fee": Decimal("0.001"),
        "taker_fee": Decimal("0.002"),
    }
    return Instrument(**values | changes)


def make_venue(
    folder: Path | None = None,
    *,
    accounts: tuple[str, ...] = ("ann", "ben"),
    quirks: Quirks = NO_QUIRKS,
    **changes: Any,
) -> Venue:
    """One instrument; each account holds 10,000 USDT and 10 BTC."""
    clock = changes.pop("clock", None) or VirtualClock(START_MS)
    venue = Venue.open(folder, clock=clock, quirks=quirks, **changes)
    venue.set_instrument(make_instrument())
    for name in accounts:
        deposits = {"USDT": Decimal(10_000), "BTC": Decimal(10)}
        venue.ensure_account(name, deposits=deposits)
    return venue


def limit(side: Any, amount: str, price: str, **changes: Any) -> OrderRequest:
    instrument = changes.pop("instrument", BTC)
    return OrderRequest(instrument, side, Decimal(amount), Decimal(price), **changes)


def market(side: Any, amount: str, **changes: Any) -> OrderRequest:
    """``amount`` is in quote for a buy."""
    values: dict[str, Any] = {
        "instrument": BTC,
        "side": side,
        "amount": Decimal(amount),
        "type": "market",
        "time_in_force": "ioc",
    }
    return OrderRequest(**values | changes)


def levels(*pairs: tuple[str, str]) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(price), Decimal(amount)) for price, amount in pairs]
