"""The venue's values as Gate.io writes them: which field, which JSON type.

Money and ids are texts over REST; some ids are numbers over WebSocket. Times are
seconds unless the field ends in ``_ms``. Source: the protocol reference, part 2.1.
"""

from decimal import Decimal
from typing import Any

from apps.markets.simulator.core.accounts import Account, Balance, BookEntry
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import (
    BookView,
    Fill,
    Order,
    PublicTrade,
    Trigger,
)
from apps.markets.simulator.market_data import Candle, Ticker

NO_TEXT = "apiv4"


def number(value: Decimal) -> str:
    """Plain digits, never an exponent."""
    return f"{value:f}" if value else "0"


def micro_ms(ms: int) -> str:
    """Milliseconds with six decimals, as trades carry them."""
    return f"{ms}.000000"


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


def trade(item: PublicTrade) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "create_time": str(item.time_ms // 1000),
        "create_time_ms": micro_ms(item.time_ms),
        "currency_pair": item.instrument,
        "side": item.side,
        "amount": number(item.amount),
        "price": number(item.price),
        "sequence_id": str(item.id),
    }


def pushed_trade(item: PublicTrade) -> dict[str, Any]:
    return {
        "id": item.id,
        "create_time": item.time_ms // 1000,
        "create_time_ms": micro_ms(item.time_ms),
        "side": item.side,
        "currency_pair": item.instrument,
        "amount": number(item.amount),
        "price": number(item.price),
        "id_market": item.id,
        "range": f"{item.id}-{item.id}",
    }


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


def levels(side: tuple[tuple[Decimal, Decimal], ...]) -> list[list[str]]:
    return [[number(price), number(amount)] for price, amount in side]


def book(view: BookView, now_ms: int, *, with_id: bool) -> dict[str, Any]:
    """A book over REST; ``current`` is the time of the answer."""
    return {
        **({"id": view.id} if with_id else {}),
        "current": now_ms,
        "update": view.update_ms,
        "asks": levels(view.asks),
        "bids": levels(view.bids),
    }


def candle(item: Candle) -> list[str]:
    """Eight texts; the volume in quote stands second, the one in base seventh."""
    return [
        str(item.ts_ms // 1000),
        number(item.quote_volume),
        number(item.close),
        number(item.high),
        number(item.low),
        number(item.open),
        number(item.base_volume),
        "true" if item.closed else "false",
    ]


def pushed_candle(pair: str, interval: str, item: Candle) -> dict[str, Any]:
    """A candle's push: ``v`` is the volume in quote, ``a`` in base, ``w`` closed."""
    return {
        "t": str(item.ts_ms // 1000),
        "v": number(item.quote_volume),
        "c": number(item.close),
        "h": number(item.high),
        "l": number(item.low),
        "o": number(item.open),
        "n": f"{interval}_{pair}",
        "a": number(item.base_volume),
        "w": item.closed,
    }


def ticker(pair: str, day: Ticker | None, view: BookView) -> dict[str, Any]:
    """The last 24 hours with the touch; a market without a price shows zeros."""
    zero = Decimal(0)
    seen = day or Ticker(zero, zero, zero, zero, zero, zero)
    ask = view.asks[0] if view.asks else (None, None)
    bid = view.bids[0] if view.bids else (None, None)
    change = (seen.last / seen.open - 1) * 100 if seen.open else zero
    percentage = f"{change:.2f}"
    return {
        "currency_pair": pair,
        "last": number(seen.last),
        "lowest_ask": _or_empty(ask[0]),
        "lowest_size": _or_empty(ask[1]),
        "highest_bid": _or_empty(bid[0]),
        "highest_size": _or_empty(bid[1]),
        "change_percentage": percentage,
        "change_utc0": percentage,
        "change_utc8": percentage,
        "base_volume": number(seen.base_volume),
        "quote_volume": number(seen.quote_volume),
        "high_24h": number(seen.high),
        "low_24h": number(seen.low),
    }


def _or_empty(value: Decimal | None) -> str:
    return "" if value is None else number(value)


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
