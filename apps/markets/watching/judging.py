"""A rule applied to facts: who is in, at which rank, and why."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from apps.markets.watching.facts import Facts
from apps.markets.watching.reasons import Reason
from apps.markets.watching.rule import BOUNDS, Bound, Rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """``rank`` is that among all that meet the limits, from 1; None without one."""

    facts: Facts
    is_in: bool
    reasons: tuple[Reason, ...]
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """It meets the limits; ``kept`` tells which only thanks to the margin."""

    facts: Facts
    kept: tuple[Reason, ...]


def judge(
    known: Iterable[Facts], rule: Rule, members: Collection[int] = ()
) -> list[Verdict]:
    """A verdict on each: the members by rank, then the others.

    ``members`` are the keys of those that are in now. The order of ``known`` does
    not matter: ties are broken by volume, then by symbol.
    """
    verdicts, candidates = [], []
    for facts in known:
        if (settled := _settled(facts, rule)) is not None:
            verdicts.append(settled)
            continue
        is_member = facts.key in members
        broken = tuple(_broken(facts, rule, Decimal(0)))
        margin = rule.stay_in_margin_pct if is_member else Decimal(0)
        if broken and (not margin or tuple(_broken(facts, rule, margin))):
            verdicts.append(Verdict(facts, False, broken))
        else:
            candidates.append(_Candidate(facts, broken))
    candidates.sort(key=lambda candidate: _place(candidate.facts, rule))
    verdicts += _ranked(candidates, rule, members)
    return sorted(verdicts, key=_order)


def choose(known: Iterable[Facts], chosen: Collection[int]) -> list[Verdict]:
    """The verdicts of a list made by hand: what was chosen is in until delisted."""
    verdicts = []
    for facts in known:
        if facts.key not in chosen:
            verdicts.append(_out(facts, "not-chosen"))
        elif facts.status == "delisted":
            verdicts.append(_out(facts, "delisted"))
        else:
            verdicts.append(Verdict(facts, True, (Reason("by-hand"),)))
    return sorted(verdicts, key=_order)


def _settled(facts: Facts, rule: Rule) -> Verdict | None:
    """What no figure decides. A delisted instrument is out, white list or not."""
    if facts.status == "delisted":
        return _out(facts, "delisted")
    if facts.key in rule.never:
        return _out(facts, "black-list")
    if facts.key in rule.always:
        return Verdict(facts, True, (Reason("white-list"),))
    if facts.status != "active":
        return _out(facts, "halted")
    if facts.kind != rule.kind:
        return _out(facts, "other-kind", kind=facts.kind, wanted=rule.kind)
    if rule.quote and facts.quote != rule.quote:
        return _out(facts, "other-quote", quote=facts.quote, wanted=rule.quote)
    return None


def _broken(facts: Facts, rule: Rule, margin_pct: Decimal) -> Iterator[Reason]:
    """Every limit that is missed by more than the margin; the unknown miss all."""
    unknown = set()
    for bound in BOUNDS:
        limit = rule.limit_of(bound)
        if limit is None:
            continue
        value: Decimal | None = getattr(facts, bound.figure)
        if value is None:
            if bound.figure not in unknown:
                yield Reason(f"{bound.figure}-unknown")
            unknown.add(bound.figure)
        elif _misses(value, limit, bound, margin_pct):
            side = "low" if bound.is_minimum else "high"
            values = {"value": f"{value:f}", "limit": f"{limit:f}"}
            yield Reason(f"{bound.figure}-{side}", values)


def _misses(value: Decimal, limit: Decimal, bound: Bound, margin_pct: Decimal) -> bool:
    room = abs(limit) * margin_pct / 100
    return value < limit - room if bound.is_minimum else value > limit + room


def _place(facts: Facts, rule: Rule) -> tuple[object, ...]:
    """Sorts the best first, and what is unknown last."""
    value = rule.ranked_by(facts)
    shown = value if value is not None else Decimal(0)
    ordered = -shown if rule.is_most_first else shown
    volume = facts.volume if facts.volume is not None else Decimal(-1)
    return (value is None, ordered, -volume, facts.symbol, facts.key)


def _ranked(
    candidates: Sequence[_Candidate], rule: Rule, members: Collection[int]
) -> Iterator[Verdict]:
    chosen = _places(candidates, rule, members)
    margin = f"{rule.stay_in_margin_pct.normalize():f}"
    for number, candidate in enumerate(candidates, start=1):
        is_in = candidate.facts.key in chosen
        place = {"rank": str(number), "top": str(rule.top_n)}
        if rule.top_n is None:
            reasons = [Reason("fits", {"rank": str(number)})]
        elif number <= rule.top_n and not is_in:
            reasons = [Reason("waits", {**place, "margin": margin})]
        else:
            reasons = [Reason("top" if is_in else "rank", place)]
        is_late = rule.top_n is not None and number > rule.top_n
        if is_in and candidate.kept:
            reasons = [*candidate.kept]
        if is_in and (candidate.kept or is_late):
            reasons.append(Reason("stays", {"margin": margin}))
        yield Verdict(candidate.facts, is_in, tuple(reasons), number)


def _places(
    candidates: Sequence[_Candidate], rule: Rule, members: Collection[int]
) -> set[int]:
    """Who has one of the places, as an index with a buffer gives them.

    The best are in at once. Around the last place, as wide as the margin on either
    side, members come first: to change places takes a way of twice the margin.
    """
    keys = [candidate.facts.key for candidate in candidates]
    if rule.top_n is None:
        return set(keys)
    share = rule.top_n * rule.stay_in_margin_pct / 100
    buffer = int(share.to_integral_value(ROUND_CEILING))
    sure = keys[: max(rule.top_n - buffer, 0)]
    contested = keys[len(sure) : rule.top_n + buffer]
    contested.sort(key=lambda key: key not in members)  # stable: by rank otherwise
    return {*sure, *contested[: rule.top_n - len(sure)]}


def _out(facts: Facts, code: str, **values: str) -> Verdict:
    return Verdict(facts, False, (Reason(code, values),))


def _order(verdict: Verdict) -> tuple[object, ...]:
    has_no_rank = verdict.rank is None
    return (
        not verdict.is_in,
        has_no_rank,
        verdict.rank or 0,
        verdict.facts.symbol,
        verdict.facts.key,
    )
