"""From an answer that is no answer to the error that tells the caller what to do.

Decided by the exchange's own word for it first, by its HTTP status last: ccxt reads a
404 as an outage, and its classes move from one release to the next.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from apps.common.wording import gettext as _
from apps.markets.gateways.errors import (
    BadCredentials,
    ClockRefused,
    GatewayError,
    Maintenance,
    MalformedAnswer,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TooFarBack,
    UnknownOrder,
    UnknownSymbol,
)
from apps.markets.gateways.sieve import shown


def _labels(names: str, verdict: type[GatewayError]) -> dict[str, type[GatewayError]]:
    return dict.fromkeys(names.split(), verdict)


_GATE_LABELS: Final = {
    **_labels(
        "MISSING_REQUIRED_HEADER INVALID_KEY INVALID_SIGNATURE IP_FORBIDDEN"
        " INVALID_CREDENTIALS READ_ONLY FORBIDDEN ACCOUNT_LOCKED USER_NOT_FOUND",
        BadCredentials,
    ),
    **_labels("REQUEST_EXPIRED", ClockRefused),
    **_labels(
        "INVALID_CURRENCY INVALID_CURRENCY_PAIR CONTRACT_NOT_FOUND", UnknownSymbol
    ),
    **_labels("ORDER_NOT_FOUND CLIENT_ID_NOT_FOUND", UnknownOrder),
    **_labels("TOO_MANY_REQUESTS TOO_FAST", RateLimited),
    **_labels("SERVER_ERROR INTERNAL TOO_BUSY", OutcomeUnknown),
    **_labels(
        "INVALID_PARAM_VALUE MISSING_REQUIRED_PARAM INVALID_REQUEST_BODY BAD_REQUEST"
        " INVALID_PROTOCOL INVALID_ARGUMENT NOT_FOUND METHOD_NOT_ALLOWED"
        " INVALID_PRECISION BALANCE_NOT_ENOUGH INSUFFICIENT_AVAILABLE"
        " MARGIN_BALANCE_NOT_ENOUGH FUTURES_BALANCE_NOT_ENOUGH AMOUNT_TOO_LITTLE"
        " AMOUNT_TOO_MUCH QUANTITY_NOT_ENOUGH SIZE_TOO_SMALL SIZE_TOO_LARGE"
        " ORDER_CLOSED ORDER_CANCELLED NO_CHANGE ORDER_FINISHED ORDER_NOT_OWNED"
        " CANCEL_FAIL POC_FILL_IMMEDIATELY ORDER_POC_IMMEDIATE FOK_NOT_FILL"
        " ORDER_FOK ORDER_BOOK_NOT_FOUND PRICE_TOO_DEVIATED"
        " PRICE_THRESHOLD_EXCEEDED INCREASE_POSITION POSITION_EMPTY"
        " LIQUIDATE_IMMEDIATELY LEVERAGE_TOO_HIGH LEVERAGE_TOO_LOW"
        " RISK_LIMIT_EXCEEDED POSITION_IN_LIQUIDATION POSITION_IN_CLOSE"
        " CONTRACT_IN_DELISTING CONTRACT_NO_COUNTER AUTO_TRIGGER_PRICE_LESS_LAST"
        " AUTO_TRIGGER_PRICE_GREATE_LAST TOO_MANY_ORDERS MIXED_ACCOUNT_TYPE"
        " TOO_MANY_CURRENCY_PAIRS",
        Refused,
    ),
}
# ccxt's class, by name, where an exchange has no table of ours; the first that fits.
_CCXT_CLASSES: Final[tuple[tuple[str, type[GatewayError]], ...]] = (
    ("RateLimitExceeded", RateLimited),
    ("DDoSProtection", RateLimited),
    ("OnMaintenance", Maintenance),
    ("InvalidNonce", ClockRefused),
    ("AuthenticationError", BadCredentials),
    ("BadSymbol", UnknownSymbol),
    ("OrderNotFound", UnknownOrder),
    ("BadResponse", MalformedAnswer),
    ("OperationFailed", OutcomeUnknown),
    ("BadRequest", Refused),
    ("ArgumentsRequired", Refused),
    ("NotSupported", Refused),
    ("OperationRejected", Refused),
    ("InsufficientFunds", Refused),
    ("InvalidOrder", Refused),
)
_TOO_FAR: Final = re.compile(r"too long ago|recently are allowed", re.IGNORECASE)
_CLOSED: Final = re.compile(r"maintenance|maintain|system upgrade", re.IGNORECASE)
_SIGNED: Final = re.compile(r"(signature|sign|apikey|api_key|key)=[^&\s\"']+", re.I)
_WAIT_MS: Final = 1_000
_BAN_MS: Final = 120_000
Scrub = Callable[[str], str]


def scrubber(*secrets: str) -> Scrub:
    """Takes what must not be shown out of a text that came from outside."""
    hidden = [secret for secret in secrets if len(secret) > 3]

    def scrub(text: str) -> str:
        for secret in hidden:
            text = text.replace(secret, "***")
        return "".join(
            c if c.isprintable() else " " for c in _SIGNED.sub(r"\1=***", text)[:200]
        ).strip()

    return scrub


def of_gate(label: str, status: int, words: str) -> type[GatewayError]:
    """Gate.io's label decides; an unknown one proves nothing but that it failed."""
    if label == "INVALID_PARAM_VALUE" and _TOO_FAR.search(words):
        return TooFarBack
    if _CLOSED.search(words) and status >= 500:
        return Maintenance
    return _GATE_LABELS.get(label) or of_status(status, words)


def of_ccxt(error: BaseException) -> type[GatewayError]:
    names = {kind.__name__ for kind in type(error).__mro__}
    for name, verdict in _CCXT_CLASSES:
        if name in names:
            return verdict
    return OutcomeUnknown


def of_status(status: int, words: str = "") -> type[GatewayError]:
    if status in (418, 429):
        return RateLimited
    if status == 401:
        return BadCredentials
    if status >= 500:
        return Maintenance if _CLOSED.search(words) else OutcomeUnknown
    # A page of somebody in between, or a wrong address: not the exchange's answer.
    return MalformedAnswer


def message_in(body: Any) -> tuple[str, str]:
    """The exchange's own code and words, wherever it keeps them."""
    if not isinstance(body, dict):
        return "", ""
    code = next((body[n] for n in ("label", "code", "retCode") if body.get(n)), "")
    names = ("message", "detail", "msg", "retMsg", "error_message", "error")
    words = next((body[n] for n in names if body.get(n)), "")
    return shown(str(code)), str(words)


def build(
    verdict: type[GatewayError],
    *,
    exchange: str,
    call: str,
    label: str,
    words: str,
    status: int,
    until_ms: int,
) -> GatewayError:
    """The error with a sentence for the person at the desk; ``words`` are scrubbed."""
    facts = {
        "exchange": exchange,
        "reason": ": ".join(part for part in (label, words) if part)
        or f"HTTP {status}",
    }
    where = {"exchange": exchange, "call": call}
    if issubclass(verdict, RateLimited):
        message = _("%(exchange)s asks for a pause: %(reason)s") % facts
        return RateLimited(message, until_ms=until_ms, is_ban=status == 418, **where)
    message = _SENTENCES.get(verdict, _SENTENCES[GatewayError])() % facts
    if issubclass(verdict, Refused):
        return verdict(message, label=label or f"HTTP {status}", **where)
    return verdict(message, **where)


_SENTENCES: Final[dict[type[GatewayError], Callable[[], str]]] = {
    BadCredentials: lambda: _(
        "%(exchange)s does not accept the key: %(reason)s. Check the key, its rights "
        "and the addresses it may be used from."
    ),
    ClockRefused: lambda: _("%(exchange)s finds our clock wrong: %(reason)s"),
    UnknownSymbol: lambda: _(
        "%(exchange)s does not list this symbol: %(reason)s. Synchronise the "
        "instruments."
    ),
    UnknownOrder: lambda: _("%(exchange)s does not find the order: %(reason)s"),
    TooFarBack: lambda: _(
        "%(exchange)s keeps no history that old: %(reason)s. Ask for a later start."
    ),
    Maintenance: lambda: _("%(exchange)s is closed for maintenance: %(reason)s"),
    OutcomeUnknown: lambda: _("%(exchange)s failed to answer: %(reason)s"),
    MalformedAnswer: lambda: _(
        "%(exchange)s answered something that is no answer (%(reason)s). Is the "
        "address right?"
    ),
    Refused: lambda: _("%(exchange)s refused: %(reason)s"),
    GatewayError: lambda: _("%(exchange)s: %(reason)s"),
}


def pause_until(
    headers: Mapping[str, str], status: int, now_ms: int, offset_ms: int
) -> int:
    """When to come back by our clock, as the headers tell it, else a second later."""
    after = _whole(headers.get("retry-after"))
    if after is not None:
        return now_ms + min(after * 1000, 86_400_000)
    for name, unit in (
        ("x-gate-ratelimit-reset-timestamp", 1000),
        ("x-bapi-limit-reset-timestamp", 1),
    ):
        stamp = _whole(headers.get(name))
        if stamp is not None:
            return _within(now_ms, stamp * unit - offset_ms)
    return now_ms + (_BAN_MS if status == 418 else _WAIT_MS)


def _within(now_ms: int, stamp_ms: int) -> int:
    # A stamp in whole seconds may lie just behind us; one far away is not believed.
    return min(max(stamp_ms, now_ms + _WAIT_MS), now_ms + 86_400_000)


def _whole(text: str | None) -> int | None:
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None
