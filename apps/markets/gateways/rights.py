"""What a key may do, asked where an exchange tells it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from apps.markets.gateways.sieve import Bad, shown
from apps.markets.gateways.types import KeyRights


async def of_gate(exchange: Any, key: str) -> KeyRights:
    """``/account/main_keys`` lists keys with their rights, ours among them."""
    detail = _object(await exchange.privateAccountGetDetail())
    answer = await exchange.privateAccountGetMainKeys()
    listed = [row for row in _list(answer) if isinstance(row, dict)]
    # Not told which is ours: then every right that is listed may be ours.
    mine = [row for row in listed if row.get("key") == key] or listed
    granted = [
        (shown(str(right.get("name"))), right.get("read_only") is True)
        for row in mine
        for right in _list(row.get("perms") or [])
        if isinstance(right, dict)
    ]
    writable = {name for name, is_read_only in granted if not is_read_only}
    is_told = bool(granted)
    modes: dict[Any, str] = {1: "classic", 2: "unified"}
    return KeyRights(
        user_id=shown(str(detail.get("user_id") or "")),
        can_read=True if is_told else None,
        can_trade=bool(writable & {"spot", "unified"}) if is_told else None,
        can_withdraw=_may_withdraw(writable) if is_told else None,
        rights=_words(granted),
        addresses=tuple(
            sorted(
                {shown(str(a)) for row in mine for a in row.get("ip_whitelist") or []}
            )
        ),
        account_mode=modes.get((detail.get("key") or {}).get("mode"), ""),
    )


def _may_withdraw(writable: set[str]) -> bool:
    return any("withdraw" in name.lower() for name in writable)


def _words(granted: list[tuple[str, bool]]) -> tuple[str, ...]:
    words = {f"{name}:{'read' if is_read else 'write'}" for name, is_read in granted}
    return tuple(sorted(words))


async def of_binance(exchange: Any, key: str) -> KeyRights:
    told = _object(await exchange.sapiGetAccountApiRestrictions())
    names = sorted(n for n, v in told.items() if n.startswith("enable") and v is True)
    return KeyRights(
        can_read=told.get("enableReading") is True,
        can_trade=told.get("enableSpotAndMarginTrading") is True,
        can_withdraw=told.get("enableWithdrawals") is not False,
        rights=tuple(f"{shown(name.removeprefix('enable'))}:write" for name in names),
    )


async def of_okx(exchange: Any, key: str) -> KeyRights:
    rows = _list(_object(await exchange.privateGetAccountConfig()).get("data"))
    told = _object(rows[0] if rows else None)
    words = [shown(word.strip()) for word in str(told.get("perm") or "").split(",")]
    return KeyRights(
        user_id=shown(str(told.get("uid") or "")),
        can_read="read_only" in words or "trade" in words,
        can_trade="trade" in words,
        can_withdraw="withdraw" in words,
        rights=tuple(sorted(f"{word}:write" for word in words if word)),
        addresses=_addresses(str(told.get("ip") or "").split(",")),
    )


async def of_bybit(exchange: Any, key: str) -> KeyRights:
    told = _object(_object(await exchange.privateGetV5UserQueryApi()).get("result"))
    granted = [
        (shown(f"{area}.{name}"), bool(told.get("readOnly")))
        for area, names in _object(told.get("permissions")).items()
        for name in _list(names)
    ]
    writable = {name for name, is_read_only in granted if not is_read_only}
    return KeyRights(
        user_id=shown(str(told.get("userID") or "")),
        can_read=True,
        can_trade=any(name.startswith("Spot.") for name in writable),
        can_withdraw=_may_withdraw(writable),
        rights=_words(granted),
        addresses=_addresses(told.get("ips") or []),
    )


async def untold(exchange: Any, key: str) -> KeyRights:
    """Nobody to ask: the person who enters the key must attest its rights."""
    return KeyRights()


ASKING: Final[dict[str, Callable[[Any, str], Awaitable[KeyRights]]]] = {
    "gate": of_gate,
    "binance": of_binance,
    "okx": of_okx,
    "bybit": of_bybit,
}


def _addresses(raw: list[Any]) -> tuple[str, ...]:
    return tuple(shown(str(item)) for item in raw if item and item != "*")


def _object(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Bad("rights", "not an object", raw)
    return raw


def _list(raw: Any) -> list[Any]:
    """Gate.io documents a list here, and has answered one object."""
    if isinstance(raw, dict):
        return [raw]
    if not isinstance(raw, list):
        raise Bad("rights", "not a list", raw)
    return raw
