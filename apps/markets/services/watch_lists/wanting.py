"""What a form, the API or the command line asks of a watch-list, and its check."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.common.errors import InvalidFields
from apps.markets.models import (
    Exchange,
    Instrument,
    InstrumentKind,
    PickRole,
    Selection,
    WatchList,
    WatchListPick,
)
from apps.markets.watching.rule import Rule, SortBy

MOST_PICKS: Final = 1000
REFRESH_S: Final = (30, 86_400)
NAME_LENGTH: Final = 80
SYMBOL_LENGTH: Final = 60
# Which field holds the symbols of which role.
ROLES: Final = {
    "chosen": PickRole.MEMBER,
    "white_list": PickRole.ALWAYS,
    "black_list": PickRole.NEVER,
}
# The words that a field may hold.
WORDS: Final[dict[str, list[str]]] = {
    "selection": Selection.values,
    "kind": InstrumentKind.values,
    "sort_by": [str(word) for word in SortBy],
}
# Columns that are the rule's fields under the same names.
RULE_FIELDS: Final = tuple(
    field.name for field in fields(Rule) if field.name not in {"always", "never"}
)
_SHOWN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A whole list as wished for. Symbols are those of ``exchange``."""

    name: str
    exchange: Exchange
    selection: str = Selection.BY_RULE
    kind: str = InstrumentKind.SPOT
    quote: str = ""
    minimum_volume: Decimal | None = None
    maximum_spread_bps: Decimal | None = None
    minimum_age_days: int | None = None
    minimum_volatility_pct: Decimal | None = None
    maximum_volatility_pct: Decimal | None = None
    volatility_days: int = 1
    minimum_change_pct: Decimal | None = None
    maximum_change_pct: Decimal | None = None
    sort_by: str = "volume"
    is_reversed: bool = False
    top_n: int | None = None
    stay_in_margin_pct: Decimal = Decimal(0)
    refresh_every_s: int | None = None
    chosen: Sequence[str] = ()
    white_list: Sequence[str] = ()
    black_list: Sequence[str] = ()

    @property
    def is_by_rule(self) -> bool:
        return self.selection == Selection.BY_RULE

    @property
    def roles(self) -> dict[str, PickRole]:
        """The fields whose symbols count for such a list."""
        wants_rule = self.is_by_rule
        return {
            field: role
            for field, role in ROLES.items()
            if (role != PickRole.MEMBER) == wants_rule
        }

    def columns(self) -> dict[str, Any]:
        """The values as ``WatchList`` keeps them."""
        names = ("name", "exchange", "selection", "refresh_every_s", *RULE_FIELDS)
        return {name: getattr(self, name) for name in names} | {
            "name": self.name.strip(),
            "quote": self.quote.strip().upper(),
        }


Picks = dict[int, PickRole]


def wanted_of(watch_list: WatchList) -> Wanted:
    """The list as it is, to change some of it."""
    names = ("name", "exchange", "selection", "refresh_every_s", *RULE_FIELDS)
    symbols: Any = by_fields(watch_list.picks.select_related("instrument"))
    return Wanted(**{name: getattr(watch_list, name) for name in names}, **symbols)


def by_fields(picks: Iterable[WatchListPick]) -> dict[str, list[str]]:
    """The picked symbols under the names of their fields, in order."""
    symbols: dict[str, list[str]] = {field: [] for field in ROLES}
    fields_of = {role: field for field, role in ROLES.items()}
    for pick in picks:
        symbols[fields_of[PickRole(pick.role)]].append(pick.instrument.symbol)
    return {field: sorted(found) for field, found in symbols.items()}


def rule_of(source: WatchList | Wanted, picks: Picks) -> Rule:
    """The engine's rule; the words must have been checked."""
    values = {name: getattr(source, name) for name in RULE_FIELDS}
    values["sort_by"] = SortBy(values["sort_by"])
    values["kind"] = str(values["kind"])
    values["quote"] = values["quote"].strip().upper()
    return Rule(
        **values,
        always=frozenset(k for k, role in picks.items() if role == PickRole.ALWAYS),
        never=frozenset(k for k, role in picks.items() if role == PickRole.NEVER),
    )


def check(wanted: Wanted, *, owner: Any, pk: int | None = None) -> Picks:
    """The picked instruments with their roles.

    ``pk`` is the list that is being changed. Raises InvalidFields with every field
    that breaks a rule.
    """
    errors = dict(_broken(wanted, owner, pk))
    picks: Picks = {}
    for field, role in wanted.roles.items():
        _pick(wanted, field, role, picks, errors)
    for field in ROLES.keys() - wanted.roles:
        if getattr(wanted, field):
            errors[field] = _("does not belong to a list made this way")
    if not wanted.is_by_rule and not picks:
        errors.setdefault("chosen", _("name at least one instrument"))
    if errors:
        raise InvalidFields(errors)
    return picks


def _broken(wanted: Wanted, owner: Any, pk: int | None) -> Iterator[tuple[str, str]]:
    yield from _broken_name(wanted.name.strip(), owner, pk)
    unknown = [n for n, known in WORDS.items() if getattr(wanted, n) not in known]
    for name in unknown:
        facts = {"given": repr(getattr(wanted, name)), "known": ", ".join(WORDS[name])}
        yield name, _("%(given)s is not one of %(known)s") % facts
    if unknown or not wanted.is_by_rule:
        return
    yield from rule_of(wanted, {}).broken()
    low, high = REFRESH_S
    every = wanted.refresh_every_s
    if every is not None and not low <= every <= high:
        text = _("%(value)s is outside %(low)s to %(high)s")
        yield "refresh_every_s", text % {"value": every, "low": low, "high": high}
    if wanted.exchange.is_synthetic and not wanted.exchange.is_simulator:
        text = _("%(exchange)s has no prices of its own to judge by; choose by hand.")
        yield "exchange", text % {"exchange": wanted.exchange}
    yield from _broken_quote(wanted)


def _broken_name(name: str, owner: Any, pk: int | None) -> Iterator[tuple[str, str]]:
    if not name or len(name) > NAME_LENGTH:
        text = _("1 to %(most)s characters") % {"most": NAME_LENGTH}
        yield "name", text
    elif WatchList.objects.filter(owner=owner, name=name).exclude(pk=pk).exists():
        yield "name", _("there is a watch-list %(name)s already") % {"name": repr(name)}


def _broken_quote(wanted: Wanted) -> Iterator[tuple[str, str]]:
    quote = wanted.quote.strip().upper()
    if not quote:
        return
    traded = Instrument.objects.filter(exchange=wanted.exchange, kind=wanted.kind)
    # An exchange that was never synchronised cannot contradict.
    if traded.filter(quote=quote).exists() or not traded.exists():
        return
    known = traded.order_by("quote").values_list("quote", flat=True).distinct()
    text = _(
        "no instrument of %(exchange)s has the quote %(quote)s; there are: %(known)s"
    )
    yield (
        "quote",
        text
        % {
            "exchange": wanted.exchange,
            "quote": quote,
            "known": ", ".join(known[:_SHOWN]),
        },
    )


def _pick(
    wanted: Wanted, field: str, role: PickRole, picks: Picks, errors: dict[str, str]
) -> None:
    """Add the instruments of one field, or say what is wrong with one of them."""
    symbols = list(dict.fromkeys(s.strip().upper() for s in getattr(wanted, field)))
    symbols = [symbol for symbol in symbols if symbol]
    if len(symbols) > MOST_PICKS:
        errors[field] = _("at most %(most)s instruments") % {"most": MOST_PICKS}
        return
    rows = Instrument.objects.filter(exchange=wanted.exchange, symbol__in=symbols)
    found = dict(rows.values_list("symbol", "pk"))
    # The first that is wrong is told; looking for what is near takes its time.
    for symbol in symbols:
        if symbol not in found:
            errors[field] = _unknown(wanted.exchange, symbol)
            return
        if found[symbol] in picks:
            text = _("%(symbol)s is on the white list too")
            errors[field] = text % {"symbol": symbol}
            return
        picks[found[symbol]] = role


def _unknown(exchange: Exchange, symbol: str) -> str:
    names = {"symbol": symbol[:SYMBOL_LENGTH], "exchange": exchange}
    if len(symbol) > SYMBOL_LENGTH:
        return _("%(symbol)s is no instrument of %(exchange)s") % names
    elsewhere = Instrument.objects.filter(symbol=symbol).select_related("exchange")
    if elsewhere_at := [str(one.exchange) for one in elsewhere[:_SHOWN]]:
        text = _("%(symbol)s is not traded on %(exchange)s, but on %(others)s")
        return text % {**names, "others": ", ".join(elsewhere_at)}
    known = Instrument.objects.filter(exchange=exchange)
    near = get_close_matches(symbol, known.values_list("symbol", flat=True), n=3)
    if near:
        text = _("%(symbol)s is no instrument of %(exchange)s; did you mean %(near)s?")
        return text % {**names, "near": ", ".join(near)}
    return _("%(symbol)s is no instrument of %(exchange)s") % names
