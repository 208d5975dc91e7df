"""Every path in one table, and what is answered for markets that do not exist here."""

from typing import Any, Final

from apps.markets.simulator.web.context import Call
from apps.markets.simulator.web.errors import GateError
from apps.markets.simulator.web.rest import (
    account,
    candles,
    market,
    orders,
    placing,
    routes,
    triggers,
)
from apps.markets.simulator.web.router import Route

HANDLERS: Final = (account, candles, market, orders, placing, triggers)
# Clients that are not configured ask for all of these when they start.
_EMPTY: Final = (
    "/margin/", "/futures/", "/delivery/", "/options/", "/earn/", "/loan/",
    "/sub_accounts/", "/wallet/", "/withdrawals", "/flash_swap/",
    "/unified/", "/rebate/", "/spot/insurance_history", "/spot/pov_orders",
)  # fmt: skip
# These answer one object, so an empty list would be a lie.
_NO_ACCOUNT: Final = ("/futures/usdt/accounts", "/futures/btc/accounts")
_ONE_OBJECT: Final = ("/unified/accounts", "/delivery/usdt/accounts")


async def _nothing(call: Call) -> list[Any]:
    return []


async def _no_account(call: Call) -> list[Any]:
    raise GateError("USER_NOT_FOUND", "please transfer funds first to create account")


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a path behind /api/v4. Raises GateError: 404 or 405."""
    lower = path.lower()
    if lower.rstrip("/") in (*_NO_ACCOUNT, *_ONE_OBJECT):
        return Route(lower, _no_account), {}
    try:
        return routes.find(method, path)
    except GateError as error:
        if error.label == "NOT_FOUND" and method == "GET" and lower.startswith(_EMPTY):
            return Route(_kind(lower), _nothing), {}
        raise


def _kind(path: str) -> str:
    """The first two parts of a path: enough to count calls by."""
    return "/".join(path.split("/")[:3])
