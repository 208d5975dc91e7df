"""What one has, what changed it, and what one pays."""

from decimal import Decimal
from typing import Any

from apps.markets.simulator.core.accounts import Account, Balance, BookEntry
from apps.markets.simulator.web.objects.numbers import number


def balance(currency: str, item: Balance, update_id: int) -> dict[str, Any]:
    return {
        "currency": currency,
        "available": number(item.available),
        "locked": number(item.locked),
        "update_id": update_id,
    }


def book_entry(item: BookEntry) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "time": item.time_ms,
        "currency": item.currency,
        "change": number(item.change),
        "balance": number(item.balance),
        "type": item.type,
        "code": "",
        "text": str(item.order_id or ""),
    }


def fee(
    account: Account, maker: Decimal, taker: Decimal, pair_id: str
) -> dict[str, Any]:
    return {
        "user_id": account.uid,
        "taker_fee": number(taker),
        "maker_fee": number(maker),
        "gt_discount": False,
        "gt_taker_fee": "0",
        "gt_maker_fee": "0",
        "loan_fee": "0.18",
        "point_type": "0",
        "currency_pair": pair_id,
        "futures_taker_fee": "0.0005",
        "futures_maker_fee": "0.0002",
        "delivery_taker_fee": "0.0005",
        "delivery_maker_fee": "0.0002",
        "debit_fee": 3,
    }
