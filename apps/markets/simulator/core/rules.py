"""What Gate.io refuses before an order is matched, by its labels."""

import re
from decimal import ROUND_DOWN, Decimal
from itertools import product
from operator import attrgetter

from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import OrderRequest

_TEXT = re.compile(r"t-[0-9A-Za-z_.\-]{1,28}")
_LARGEST = Decimal("1E+18")
_STEPS = [Decimal(1).scaleb(-decimals) for decimals in range(37)]
_CHOICES = {
    "side": ("buy", "sell"),
    "type": ("limit", "market"),
    "time_in_force": ("gtc", "ioc", "fok", "poc"),
    "stp_act": ("-", "", "cn", "co", "cb"),
    "account": ("spot", "unified", "margin", "cross_margin"),
}

_COMBINATIONS = frozenset(product(*_CHOICES.values()))
_choices_of = attrgetter(*_CHOICES)


def invalid(message: str) -> Rejected:
    return Rejected("INVALID_PARAM_VALUE", message)


def check_request(request: OrderRequest, instrument: Instrument) -> None:
    """Raises Rejected for anything that can be told without book and balances."""
    if _choices_of(request) not in _COMBINATIONS:
        _refuse_choice(request)
    check_text(request.text)
    if not instrument.allows(request.side):
        label = "INVALID_CURRENCY_PAIR"
        raise Rejected(label, f"{instrument.id} is {instrument.status}")
    if request.type == "limit":
        check_limit(instrument, request.price, request.amount)
    else:
        _check_market(request, instrument)


def check_text(text: str) -> None:
    """``t-`` and at most 28 of ``0-9 A-Z a-z _ - .``; nothing at all is fine too."""
    if text and not _TEXT.fullmatch(text):
        raise invalid("text must start with `t-` and hold at most 28 of 0-9A-Za-z_-.")


def check_limit(instrument: Instrument, price: Decimal | None, amount: Decimal) -> None:
    """Price and whole amount (base) of a limit order."""
    if price is None:
        raise Rejected("MISSING_REQUIRED_PARAM", "Missing required parameter: price")
    check_number("price", price)
    check_number("amount", amount)
    check_precision("price", price, instrument.price_precision)
    check_precision("amount", amount, instrument.amount_precision)
    check_size(instrument, amount)
    check_notional(instrument, price * amount)


def check_number(name: str, value: Decimal) -> None:
    """Raises Rejected unless a finite number above zero of a sane size."""
    if not value.is_finite() or value <= 0:
        raise invalid(f"{name} must be a number above 0")
    if value >= _LARGEST:
        raise invalid(f"{name} is too large")


def check_precision(name: str, value: Decimal, decimals: int) -> None:
    """Zeros too many do no harm."""
    if value != value.quantize(_STEPS[decimals], ROUND_DOWN):
        message = f"{name} may have at most {decimals} decimals"
        raise Rejected("INVALID_PRECISION", message)


def check_size(instrument: Instrument, amount: Decimal) -> None:
    if amount < instrument.min_base:
        raise _too_small(amount, instrument.min_base, instrument.base)


def check_notional(instrument: Instrument, notional: Decimal) -> None:
    if notional < instrument.min_quote:
        raise _too_small(notional, instrument.min_quote, instrument.quote)


def _refuse_choice(request: OrderRequest) -> None:
    for name, choices in _CHOICES.items():
        value = getattr(request, name)
        if value not in choices:
            raise invalid(f"Invalid {name} value: {value!s:.40}")


def _check_market(request: OrderRequest, instrument: Instrument) -> None:
    if request.time_in_force not in ("ioc", "fok"):
        raise invalid("time_in_force of a market order must be ioc or fok")
    check_number("amount", request.amount)
    if request.side == "buy":
        decimals = instrument.price_precision + instrument.amount_precision
        check_precision("amount", request.amount, decimals)
        check_notional(instrument, request.amount)
    else:
        check_precision("amount", request.amount, instrument.amount_precision)
        check_size(instrument, request.amount)


def _too_small(size: Decimal, minimum: Decimal, currency: str) -> Rejected:
    return invalid(
        f"Your order size {size.normalize():f} {currency} is too small. "
        f"The minimum is {minimum.normalize():f} {currency}"
    )
