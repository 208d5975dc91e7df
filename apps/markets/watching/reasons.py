"""Why an instrument is in or out: a code with its values, and the sentence for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from apps.common import formats
from apps.common.wording import gettext as _
from apps.common.wording import gettext_noop

# Codes are stored and filtered by, so they stay as they are.
SENTENCES: Final = {
    "by-hand": gettext_noop("chosen by hand"),
    "white-list": gettext_noop("white list"),
    "top": gettext_noop("rank %(rank)s of top %(top)s"),
    "fits": gettext_noop("rank %(rank)s; meets every limit"),
    "stays": gettext_noop("stays, inside the margin of %(margin)s %%"),
    "black-list": gettext_noop("black list"),
    "not-chosen": gettext_noop("not chosen"),
    "delisted": gettext_noop("delisted by the exchange"),
    "halted": gettext_noop("trading is halted"),
    "other-kind": gettext_noop("kind %(kind)s, not %(wanted)s"),
    "other-quote": gettext_noop("quote %(quote)s, not %(wanted)s"),
    "rank": gettext_noop("rank %(rank)s of top %(top)s"),
    "waits": gettext_noop(
        "rank %(rank)s of top %(top)s; members inside the margin of %(margin)s %% stay"
    ),
    "volume-low": gettext_noop("volume %(value)s below %(limit)s"),
    "volume-unknown": gettext_noop("volume unknown"),
    "spread_bps-high": gettext_noop("spread %(value)s bps above %(limit)s bps"),
    "spread_bps-unknown": gettext_noop("spread unknown"),
    "age_days-low": gettext_noop("listed %(value)s days, fewer than %(limit)s"),
    "age_days-unknown": gettext_noop("age unknown"),
    "volatility_pct-low": gettext_noop("volatility %(value)s %% below %(limit)s %%"),
    "volatility_pct-high": gettext_noop("volatility %(value)s %% above %(limit)s %%"),
    "volatility_pct-unknown": gettext_noop("volatility unknown"),
    "change_pct-low": gettext_noop("change %(value)s %% below %(limit)s %%"),
    "change_pct-high": gettext_noop("change %(value)s %% above %(limit)s %%"),
    "change_pct-unknown": gettext_noop("change unknown"),
}
# What is written short, and with how many decimals the rest.
_SHORT: Final = frozenset({"volume-low"})
_DIGITS: Final = {"age_days-low": 1}
_FIGURES: Final = frozenset({"value", "limit"})


@dataclass(frozen=True, slots=True)
class Reason:
    """``values`` are texts: numbers in full, to be written for the reader later."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


def sentence(reason: Reason, *, language: str = "en") -> str:
    """The reason in the reader's language; a code of another version as it is."""
    known = SENTENCES.get(reason.code)
    if known is None:
        return reason.code
    return _(known) % {
        name: _shown(reason, name, text, language)
        for name, text in reason.values.items()
    }


def sentences(reasons: Iterable[Reason], *, language: str = "en") -> str:
    return "; ".join(sentence(reason, language=language) for reason in reasons)


def _shown(reason: Reason, name: str, text: str, language: str) -> str:
    if name not in _FIGURES:
        return text
    value, limit = (Decimal(reason.values[side]) for side in ("value", "limit"))
    plain = _written(reason.code, Decimal(text), language)
    # 9,999.99 below 10,000.00: rounding must not write "10 m below 10 m".
    is_blurred = value != limit and (
        _written(reason.code, value, language) == _written(reason.code, limit, language)
    )
    return f"{Decimal(text).normalize():,f}" if is_blurred else plain


def _written(code: str, value: Decimal, language: str) -> str:
    if code in _SHORT:
        return formats.short(value, language=language)
    text = formats.fixed(value, digits=_DIGITS.get(code, 2))
    return text.rstrip("0").rstrip(".") if "." in text else text
