"""Who one is, what one may do, what one has and pays."""

from decimal import Decimal
from typing import Any

from apps.markets.simulator.web import objects
from apps.markets.simulator.web.context import Call
from apps.markets.simulator.web.errors import GateError, unknown_pair
from apps.markets.simulator.web.params import Fields, window
from apps.markets.simulator.web.rest import routes


@routes.route("GET", "/account/detail", quota="private")
async def detail(call: Call) -> dict[str, Any]:
    """``key.mode`` 1 is a classic account. ``key.perms`` are the key's rights."""
    return {
        "user_id": call.user.uid,
        "ip_whitelist": _addresses(call),
        "currency_pairs": [],
        "tier": 0,
        "copy_trading_role": 0,
        "key": {"mode": 1, "perms": rights(call)},
    }


@routes.route("GET", "/account/main_keys", quota="private")
async def main_keys(call: Call) -> list[dict[str, Any]]:
    """The key that asks, with its rights."""
    return [
        {
            "state": 1,
            "mode": 1,
            "name": "simulator",
            "currency_pairs": [],
            "user_id": call.user.uid,
            "ip_whitelist": _addresses(call),
            "perms": rights(call),
            "key": call.key_id,
            "created_at": "0",
            "updated_at": "0",
            "last_access": str(call.exchange.now_ms() // 1000),
        }
    ]


def _addresses(call: Call) -> list[str]:
    return list(call.key.ips) if call.key else []


def rights(call: Call) -> list[dict[str, Any]]:
    """Gate.io's names: spot, wallet, withdraw; each may be for reading only."""
    granted = call.key.permissions if call.key else frozenset()
    found = [{"name": "spot", "read_only": "spot" not in granted}]
    now = call.venue.clock.now_ms()
    forced = call.exchange.faults.in_force("key_can_withdraw", now)
    if "withdraw" in granted or any(f.key in ("*", call.key_id) for f in forced):
        found.append({"name": "withdraw", "read_only": False})
    return found


@routes.route("GET", "/account/rate_limit", quota="private")
async def rate_limit(call: Call) -> list[dict[str, str]]:
    return [{"tier": "1", "ratio": "0", "main_ratio": "0", "updated_at": "0"}]


@routes.route("GET", "/account/stp_groups", quota="private")
async def stp_groups(call: Call) -> list[Any]:
    return []


@routes.route("GET", "/spot/accounts", quota="private")
async def accounts(call: Call) -> list[dict[str, Any]]:
    """Every currency that was ever held; one that is named, also when never held."""
    wanted = Fields(call.request.params).text("currency", "")
    held = call.venue.balances(call.user.id)
    stamp = call.venue.clock.now_ms()
    if wanted and wanted not in held:
        _check_currency(call, wanted)
        return [{"currency": wanted, "available": "0", "locked": "0", "update_id": 0}]
    return [
        objects.balance(name, item, stamp)
        for name, item in held.items()
        if wanted in ("", name)
    ]


def _check_currency(call: Call, name: str) -> None:
    pairs = call.venue.instruments.values()
    if not any(name in (item.base, item.quote) for item in pairs):
        raise GateError("INVALID_CURRENCY", f"Invalid currency {name[:40]}")


@routes.route("GET", "/spot/account_book", quota="private")
async def account_book(call: Call) -> list[dict[str, Any]]:
    fields = Fields(call.request.params)
    start, end = window(fields, call.exchange.now_ms())
    entries = call.venue.account_book(
        call.user.id,
        currency=fields.text("currency", "") or None,
        type=fields.text("type", "") or None,
        from_ms=start,
        to_ms=end,
        page=fields.whole("page", 1, low=1, high=100_000),
        limit=fields.whole("limit", 100, low=1, high=1000),
    )
    return [objects.book_entry(item) for item in entries]


def _fee(call: Call, pair: str) -> dict[str, Any]:
    maker = taker = Decimal("0.002")
    if pair and pair not in call.venue.instruments:
        raise unknown_pair(pair)
    if named := pair or next(iter(call.venue.instruments), ""):
        maker, taker = call.venue.fees(call.user.id, named)
    return objects.fee(call.user, maker, taker, pair)


@routes.route("GET", "/wallet/fee", quota="wallet")
async def wallet_fee(call: Call) -> dict[str, Any]:
    return _fee(call, Fields(call.request.params).text("currency_pair", ""))


@routes.route("GET", "/spot/fee", quota="private")
async def spot_fee(call: Call) -> dict[str, Any]:
    return _fee(call, Fields(call.request.params).text("currency_pair", ""))


@routes.route("GET", "/spot/batch_fee", quota="private")
async def batch_fee(call: Call) -> dict[str, Any]:
    named = Fields(call.request.params).text("currency_pairs")
    return {pair: _fee(call, pair) for pair in named.split(",")[:50]}


@routes.route("GET", "/wallet/total_balance", quota="wallet")
async def total_balance(call: Call) -> dict[str, Any]:
    """All money in one currency, at last prices; only spot holds anything."""
    currency = Fields(call.request.params).text("currency", "USDT")
    total = sum(
        (
            item.total * _rate(call, name, currency)
            for name, item in call.venue.balances(call.user.id).items()
        ),
        Decimal(0),
    )
    worth = {
        "amount": objects.number(total),
        "currency": currency,
        "unrealised_pnl": "0",
        "borrowed": "0",
    }
    return {"total": worth, "details": {"spot": worth}}


def _rate(call: Call, name: str, currency: str) -> Decimal:
    if name == currency:
        return Decimal(1)
    pair = f"{name}_{currency}"
    if pair not in call.venue.instruments:
        return Decimal(0)
    return call.venue.last_price(pair) or Decimal(0)
