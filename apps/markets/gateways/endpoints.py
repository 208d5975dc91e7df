"""The endpoints that may be called at all, held against every call twice.

Once by name before it is signed, once by address before a socket is opened. Nothing
that moves money out or hands out keys is on a list, and such words are refused
wherever they appear. Orders join these lists with the code that places them.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from apps.common.wording import gettext as _
from apps.markets.gateways.errors import ForbiddenCall
from apps.markets.gateways.pacing import Priority


def _calls(prefix: str, names: str) -> Iterator[str]:
    return (f"GET {prefix}/{name}" for name in names.split())


_GATE: Final = frozenset(
    {
        *_calls(
            "/spot",
            "time currency_pairs tickers order_book trades candlesticks accounts"
            " my_trades open_orders orders orders/{order_id} price_orders"
            " price_orders/{order_id}",
        ),
        *_calls(
            "/futures/{settle}",
            "contracts contracts/{contract} order_book trades candlesticks tickers"
            " funding_rate accounts my_trades_timerange orders orders/{order_id}"
            " orders_timerange price_orders price_orders/{order_id}",
        ),
        *_calls("/account", "detail main_keys"),
        *_calls("/unified", "accounts"),
        *_calls("/wallet", "fee"),
    }
)
_BINANCE_PUBLIC: Final = (
    "time exchangeInfo klines ticker/24hr depth trades aggTrades historicalTrades"
    " ticker/price ticker/bookTicker"
)
_BINANCE: Final = frozenset(
    {
        *_calls("/public", _BINANCE_PUBLIC),
        *_calls("/fapiPublic", _BINANCE_PUBLIC),
        *_calls("/fapiPublic", "fundingRate premiumIndex fundingInfo"),
        *_calls("/private", "account myTrades openOrders allOrders order"),
        *_calls("/sapi", "asset/tradeFee account/apiRestrictions"),
    }
)
_OKX: Final = frozenset(
    {
        *_calls(
            "/public",
            "public/time public/instruments market/ticker market/tickers"
            " market/candles market/history-candles market/books market/books-full"
            " market/trades market/history-trades public/funding-rate"
            " public/funding-rate-history",
        ),
        *_calls(
            "/private",
            "account/balance account/config account/trade-fee trade/fills"
            " trade/fills-history trade/orders-pending trade/orders-history"
            " trade/order",
        ),
    }
)
_BYBIT: Final = frozenset(
    {
        *_calls(
            "/public/v5/market",
            "time instruments-info tickers kline orderbook recent-trade"
            " funding/history",
        ),
        *_calls(
            "/private/v5",
            "account/wallet-balance account/info account/fee-rate execution/list"
            " order/realtime order/history user/query-api",
        ),
    }
)
TABLES: Final = {"gate": _GATE, "binance": _BINANCE, "okx": _OKX, "bybit": _BYBIT}

# Never, on any exchange: money that leaves, moves or is lent, and keys that are made.
_NEVER: Final = re.compile(
    r"withdraw|transfer|deposit|sub[-_/]?(account|user|member|uid)|api[-_]?key"
    r"|redeem|redemption|borrow|repay|loan|lend|convert|flash[-_]?swap|gift|payout|send",
    re.IGNORECASE,
)
# In an address names of coins stand as well (LEND, GIFT): only what is unmistakable.
_NEVER_IN_ADDRESS: Final = re.compile(
    r"withdraw|transfer|sub[-_/]?(account|user|member)|api[-_]?key", re.IGNORECASE
)
# Where an exchange has no table: what is surely reading where reading is by POST,
_READING: Final = re.compile(
    r"^(get|fetch|query|list)|^(open|closed|active|my)[-_]?(orders|trades|fills)"
    r"|balance|history|tradevolume|fees?$|info$",
    re.IGNORECASE,
)
# and what is not, also by GET.
_PLACING: Final = re.compile(r"cancel|place|create|buy|sell|new[-_]?order", re.I)


def name_of(method: str, sections: Any, path: str) -> str:
    """``GET /spot/candlesticks``; ``public`` and ``private`` are kept where they are
    all that tells one endpoint from another."""
    parts = [sections] if isinstance(sections, str) else list(sections)
    if len(parts) > 1:
        parts = parts[1:]
    return f"{method.upper()} /{'/'.join(parts)}/{path}"


def check_name(exchange: str, call: str) -> None:
    """Raises ForbiddenCall for a call that is on no list of ours."""
    table = TABLES.get(exchange)
    is_allowed = call in table if table is not None else _is_careful(call)
    if not is_allowed:
        raise _forbidden(exchange, call)


def check_address(
    exchange: str, method: str, url: str, origins: frozenset[str]
) -> None:
    """The last look at what is about to be sent. Raises ForbiddenCall."""
    parts = urlsplit(url)
    path = unquote(unquote(parts.path))
    if f"{parts.scheme}://{parts.netloc}" not in origins:
        raise _forbidden(exchange, f"{method.upper()} {_shown(parts.netloc)}")
    table = TABLES.get(exchange)
    if _NEVER_IN_ADDRESS.search(path) and not _is_own_rights(path):
        raise _forbidden(exchange, f"{method.upper()} {_shown(path)}")
    if table is not None and not any(
        pattern.search(f"{method.upper()} {path}") for pattern in _patterns(table)
    ):
        raise _forbidden(exchange, f"{method.upper()} {_shown(path)}")


def priority_of(call: str) -> Priority:
    """What is usual: asking after an order goes before money, money before prices."""
    if "order_book" in call or "orderbook" in call:
        return Priority.HISTORY
    if re.search(r"order", call, re.IGNORECASE):
        return Priority.ORDER
    if re.search(r"account|private|my_trades|wallet|sapi", call, re.IGNORECASE):
        return Priority.ACCOUNT
    return Priority.HISTORY


def _is_careful(call: str) -> bool:
    method, _space, path = call.partition(" ")
    if _NEVER.search(path):
        return False
    words = path.rpartition("/")[2]
    is_placing = bool(_PLACING.search(words))
    if method == "GET":
        return not (is_placing and "private" in path.lower())
    return method == "POST" and bool(_READING.search(words)) and not is_placing


def _is_own_rights(path: str) -> bool:
    return path.endswith(("/user/query-api", "/account/apiRestrictions"))


def _shown(path: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in path[:80])


def _forbidden(exchange: str, call: str) -> ForbiddenCall:
    rule = _("%(call)s is not a call that CashUp makes; nothing was sent")
    return ForbiddenCall(rule % {"call": call}, exchange=exchange, call=call)


_compiled: dict[frozenset[str], tuple[re.Pattern[str], ...]] = {}


def _patterns(table: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """The table as patterns over ``METHOD /api/v4/...``, names as any one part."""
    if table not in _compiled:
        _compiled[table] = tuple(_pattern(call) for call in sorted(table))
    return _compiled[table]


def _pattern(call: str) -> re.Pattern[str]:
    method, _space, path = call.partition(" ")
    section, _slash, rest = path[1:].partition("/")
    # ccxt's sections are folders of the address at Gate.io only.
    kept = rest if section in _SECTIONS else f"{section}/{rest}"
    parts = re.split(r"(\{\w+\})", kept)
    body = "".join("[^/]+" if p.startswith("{") else re.escape(p) for p in parts)
    return re.compile(rf"\A{method} /(?:.*/)?{body}\Z")


_SECTIONS: Final = frozenset({"public", "private", "fapiPublic", "sapi"})
