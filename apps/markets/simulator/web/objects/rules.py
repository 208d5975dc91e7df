"""What can be traded, and by which rules."""

from typing import Any

from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.web.objects.numbers import number


def pair(item: Instrument, delisting_s: int = 0) -> dict[str, Any]:
    """Trading rules; ``fee`` is per cent, both precisions are numbers of decimals."""
    return {
        "id": item.id,
        "base": item.base,
        "base_name": item.base,
        "quote": item.quote,
        "quote_name": item.quote,
        "fee": number((item.taker_fee * 100).normalize()),
        "maker_fee_rate": number((item.maker_fee * 100).normalize()),
        "min_base_amount": number(item.min_base or item.lot),
        "min_quote_amount": number(item.min_quote),
        "max_quote_amount": "5000000",
        "amount_precision": item.amount_precision,
        "precision": item.price_precision,
        "trade_status": item.status,
        "sell_start": 0,
        "buy_start": 0,
        "delisting_time": delisting_s,
        "type": "normal",
        "st_tag": False,
        "slippage": "0.05",
        "up_rate": "",
        "down_rate": "",
    }


def currency(name: str) -> dict[str, Any]:
    chain = {
        "name": name,
        "addr": "",
        "withdraw_disabled": False,
        "withdraw_delayed": False,
        "deposit_disabled": False,
    }
    return {
        "currency": name,
        "name": name,
        "delisted": False,
        "withdraw_disabled": False,
        "withdraw_delayed": False,
        "deposit_disabled": False,
        "trade_disabled": False,
        "chain": name,
        "chains": [chain],
    }
