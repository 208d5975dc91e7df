"""The simulator's state as its page shows it: values with their steps and words."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.common import clock

# A book that nobody has spoken of for so long is no longer called live.
STALE_MS = 10_000
BALANCE_STEP = "0.00000001"
# Gate.io's words: what a person reads, and how it looks.
MARKET_STATES = {
    "tradable": (_("Trading"), "good"),
    "untradable": (_("Halted"), "crit"),
    "buyable": (_("Buying only"), "warn"),
    "sellable": (_("Selling only"), "warn"),
}
ORDER_STATES = {
    "open": (pgettext_lazy("order", "Open"), "info"),
    "filled": (_("Filled"), "good"),
    "cancelled": (_("Cancelled"), ""),
    "ioc": (_("Cancelled"), ""),
    "stp": (_("Cancelled"), ""),
}
MIRROR_STATES = {
    "waiting": (_("No feed yet"), "warn"),
    "live": (pgettext_lazy("feed", "Live"), "good"),
    "stale": (_("Stale"), "warn"),
    "lost": (pgettext_lazy("feed", "Lost"), "crit"),
}
TYPES = {
    "limit": pgettext_lazy("order type", "Limit"),
    "market": pgettext_lazy("order type", "Market"),
}


def rows_of(state: dict[str, Any]) -> dict[str, Any]:
    """What the templates take, out of what /sim/state tells."""
    rules = {row["id"]: row for row in state["instruments"]}
    mirrored = state["mirror"]["instruments"] if state["mirror"] else []
    return {
        "instruments": [_instrument(row) for row in rules.values()],
        "balances": [
            {**held, "account": account["id"], "step": BALANCE_STEP}
            for account in state["accounts"]
            for held in account["balances"]
        ],
        "orders": [_order(row, rules) for row in state["orders"]],
        "mirrored": [_mirrored(row, state["now_ms"]) for row in mirrored],
        "now_at": clock.from_ms(state["now_ms"]),
    }


def _instrument(row: dict[str, Any]) -> dict[str, Any]:
    seen = row["ticker"]
    has_price = bool(Decimal(seen["last"]))
    word, level = MARKET_STATES.get(row["trade_status"], (row["trade_status"], ""))
    return {
        "id": row["id"],
        "quote": row["quote"],
        "tick": _step(row["precision"]),
        "last": seen["last"] if has_price else None,
        "bid": seen["highest_bid"],
        "ask": seen["lowest_ask"],
        "change": Decimal(seen["change_percentage"]) / 100 if has_price else None,
        "word": word,
        "level": level,
    }


def _order(row: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    rule = rules[row["currency_pair"]]
    is_market = row["type"] == "market"
    # A market order to buy says how much it spends; every other how much it moves.
    is_in_quote = is_market and row["side"] == "buy"
    word, level = ORDER_STATES.get(row["finish_as"], (row["finish_as"], ""))
    price = row["avg_deal_price"] if is_market else row["price"]
    return {
        "created_at": clock.from_ms(int(row["create_time_ms"])),
        "account": row["account_id"],
        "instrument": row["currency_pair"],
        "is_buy": row["side"] == "buy",
        "type": TYPES.get(row["type"], row["type"]),
        "price": price if Decimal(price or 0) else None,
        "tick": _step(rule["precision"]),
        "amount": row["amount"],
        "left": row["left"],
        "unit": rule["quote"] if is_in_quote else rule["base"],
        "step": BALANCE_STEP if is_in_quote else _step(rule["amount_precision"]),
        "word": word,
        "level": level,
    }


def _mirrored(row: dict[str, Any], now_ms: int) -> dict[str, Any]:
    status, seen_ms = row["status"], row["seen_ms"]
    if status == "live" and now_ms - seen_ms > STALE_MS:
        status = "stale"
    word, level = MIRROR_STATES.get(status, (status, ""))
    return {
        **row,
        "seen_at": clock.from_ms(seen_ms) if seen_ms else None,
        "word": word,
        "level": level,
    }


def _step(digits: int) -> str:
    return str(Decimal(1).scaleb(-digits))
