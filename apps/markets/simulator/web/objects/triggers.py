"""Price-triggered orders, as they are asked for and as they are pushed."""

from decimal import Decimal
from typing import Any

from apps.markets.simulator.core.orders import Trigger
from apps.markets.simulator.web.objects.numbers import number


def trigger(item: Trigger, user: int) -> dict[str, Any]:
    """A price-triggered order: numbers for ids and times, texts for money."""
    put = item.request.put
    return {
        "market": put.instrument,
        "user": user,
        "trigger": {
            "price": number(item.request.price),
            "rule": item.request.rule,
            "expiration": item.request.expiration_s,
        },
        "put": {
            "type": put.type,
            "side": put.side,
            "price": number(put.price or Decimal(0)),
            "amount": number(put.amount),
            "account": "normal",
            "time_in_force": put.time_in_force,
            "auto_borrow": False,
            "auto_repay": False,
            "text": put.text,
        },
        "id": item.id,
        "ctime": item.create_time_ms // 1000,
        "ftime": item.finish_time_ms // 1000,
        "fired_order_id": item.fired_order_id,
        "status": item.status,
        "reason": item.reason,
    }


def pushed_trigger(item: Trigger, user: int) -> dict[str, Any]:
    """A price-triggered order as ``spot.priceorders`` tells of it."""
    put = item.request.put
    return {
        "market": put.instrument,
        "uid": str(user),
        "id": item.id,
        "currency_type": put.instrument.split("_")[0],
        "exchange_type": put.instrument.split("_")[1],
        "type": put.type,
        "side": put.side,
        "price": number(put.price or Decimal(0)),
        "amount": number(put.amount),
        "time_in_force": put.time_in_force,
        "trigger_price": number(item.request.price),
        "trigger_rule": item.request.rule,
        "expiration": item.request.expiration_s,
        "ctime": item.create_time_ms // 1000,
        "ftime": item.finish_time_ms // 1000,
        "fired_order_id": item.fired_order_id,
        "status": item.status,
        "order_type": put.type,
        "text": put.text,
        "reason": item.reason,
    }
