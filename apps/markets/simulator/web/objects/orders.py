"""Orders and their fills, as they are asked for and as they are pushed."""

from typing import Any

from apps.markets.simulator.core.orders import Fill, Order
from apps.markets.simulator.web.objects.numbers import micro_ms, number

NO_TEXT = "apiv4"


def order(item: Order) -> dict[str, Any]:
    """A whole spot order over REST."""
    return {
        **_order_core(item),
        "create_time_ms": item.create_time_ms,
        "update_time_ms": item.update_time_ms,
        "status": item.status,
        "stp_id": item.stp_id,
        "stp_act": item.stp_act,
        "finish_as": item.finish_as,
    }


def pushed_order(item: Order, event: str, user: int) -> dict[str, Any]:
    """An order as ``spot.orders`` tells of it: an event, and no status."""
    finish = {} if event != "finish" else {"finish_as": item.finish_as}
    return {
        **_order_core(item),
        "create_time_ms": str(item.create_time_ms),
        "update_time_ms": str(item.update_time_ms),
        "user": user,
        "event": event,
        "stp_id": item.stp_id,
        "stp_act": item.stp_act,
        "biz_info": "-",
        "finish_as": "open",
        **finish,
    }


def _order_core(item: Order) -> dict[str, Any]:
    base, quote = item.instrument.split("_")
    return {
        "id": str(item.id),
        "text": item.text or NO_TEXT,
        "amend_text": item.amend_text or "-",
        "create_time": str(item.create_time_ms // 1000),
        "update_time": str(item.update_time_ms // 1000),
        "currency_pair": item.instrument,
        "type": item.type,
        "account": item.account,
        "side": item.side,
        "amount": number(item.amount),
        "price": number(item.price),
        "time_in_force": item.time_in_force,
        "iceberg": number(item.iceberg),
        "left": number(item.left),
        "filled_amount": number(item.filled_amount),
        "fill_price": number(item.filled_total),
        "filled_total": number(item.filled_total),
        "avg_deal_price": number(item.avg_deal_price),
        "fee": number(item.fee),
        "fee_currency": item.fee_currency or (base if item.side == "buy" else quote),
        "point_fee": number(item.point_fee),
        "gt_fee": number(item.gt_fee),
        "gt_maker_fee": "0",
        "gt_taker_fee": "0",
        "gt_discount": False,
        "rebated_fee": number(item.rebated_fee),
        "rebated_fee_currency": quote if item.side == "buy" else base,
    }


def short_order(item: Order) -> dict[str, Any]:
    """The answer in action mode ACK."""
    return {"id": str(item.id), "text": item.text or NO_TEXT, "amend_text": "-"}


def fill(item: Fill) -> dict[str, Any]:
    """An own trade over REST: every value a text."""
    return {
        "id": str(item.id),
        "create_time": str(item.create_time_ms // 1000),
        "create_time_ms": micro_ms(item.create_time_ms),
        "sequence_id": str(item.id),
        **_fill_core(item),
    }


def pushed_fill(item: Fill, user: int) -> dict[str, Any]:
    return {
        "id": item.id,
        "user_id": user,
        "create_time": item.create_time_ms // 1000,
        "create_time_ms": micro_ms(item.create_time_ms),
        "id_market": item.id,
        **_fill_core(item),
    }


def _fill_core(item: Fill) -> dict[str, Any]:
    return {
        "order_id": str(item.order_id),
        "currency_pair": item.instrument,
        "side": item.side,
        "role": item.role,
        "amount": number(item.amount),
        "price": number(item.price),
        "fee": number(item.fee),
        "fee_currency": item.fee_currency,
        "point_fee": "0",
        "gt_fee": "0",
        "amend_text": "-",
        "text": item.text or NO_TEXT,
        "deal": number(item.amount * item.price),
    }
