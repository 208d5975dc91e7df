"""The rule engine: who is in, at which rank, and why."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import InvalidFields
from apps.markets.models.watch_lists import SORTS
from apps.markets.watching.facts import Facts, quote_24h
from apps.markets.watching.judging import Verdict, choose, judge
from apps.markets.watching.reasons import SENTENCES, Reason, sentence, sentences
from apps.markets.watching.rule import BOUNDS, Rule, SortBy

D = Decimal


def facts(key: int, volume: int | Decimal | None = 100, **changes: Any) -> Facts:
    value = None if volume is None else D(volume)
    base = Facts(key=key, symbol=f"C{key:03}/USDT", quote="USDT", volume=value)
    return replace(base, **changes)


def ladder(count: int) -> list[Facts]:
    """Instruments 1 to ``count``, the first with the most volume."""
    return [facts(key, 1000 - key) for key in range(1, count + 1)]


def keys_in(verdicts: list[Verdict]) -> list[int]:
    return [verdict.facts.key for verdict in verdicts if verdict.is_in]


def why(verdicts: list[Verdict], key: int) -> str:
    (found,) = (verdict for verdict in verdicts if verdict.facts.key == key)
    return sentences(found.reasons).replace("\N{NO-BREAK SPACE}", " ")


def test_the_top_are_in_and_the_others_are_told_their_rank():
    verdicts = judge(ladder(23), Rule(top_n=20))

    assert keys_in(verdicts) == list(range(1, 21))
    assert why(verdicts, 3) == "rank 3 of top 20"
    assert why(verdicts, 23) == "rank 23 of top 20"


@pytest.mark.parametrize(
    ("rule", "changes", "reason"),
    [
        (
            {"minimum_volume": D(5_000_000)},
            {"volume": D(1_200_000)},
            "volume 1.200 m below 5.000 m",
        ),
        ({"minimum_volume": D(1)}, {"volume": None}, "volume unknown"),
        (
            {"maximum_spread_bps": D(10)},
            {"spread_bps": D("12.345")},
            "spread 12.34 bps above 10 bps",
        ),
        ({"maximum_spread_bps": D(10)}, {}, "spread unknown"),
        (
            {"minimum_age_days": 30},
            {"age_days": D("3.25")},
            "listed 3.2 days, fewer than 30",
        ),
        (
            {"minimum_volatility_pct": D(2)},
            {"volatility_pct": D("1.5")},
            "volatility 1.5 % below 2 %",
        ),
        (
            {"maximum_volatility_pct": D(2)},
            {"volatility_pct": D(7)},
            "volatility 7 % above 2 %",
        ),
        (
            {"minimum_change_pct": D(0)},
            {"change_pct": D("-0.5")},
            "change −0.5 % below 0 %",
        ),
        (
            {"maximum_change_pct": D(20)},
            {"change_pct": D(35)},
            "change 35 % above 20 %",
        ),
        ({}, {"status": "halted"}, "trading is halted"),
        ({}, {"status": "delisted"}, "delisted by the exchange"),
        ({}, {"kind": "perpetual"}, "kind perpetual, not spot"),
        ({"quote": "EUR"}, {}, "quote USDT, not EUR"),
        ({"never": frozenset({1})}, {}, "black list"),
    ],
)
def test_what_is_out_is_told_why(rule, changes, reason):
    verdicts = judge([facts(1, **changes)], Rule(**rule))

    assert keys_in(verdicts) == []
    assert why(verdicts, 1) == reason


def test_every_limit_that_is_missed_is_told():
    rule = Rule(minimum_volume=D(500), maximum_spread_bps=D(5))

    verdicts = judge([facts(1, spread_bps=D(9))], rule)

    assert why(verdicts, 1) == "volume 100 below 500; spread 9 bps above 5 bps"


def test_figures_that_round_to_the_limit_are_written_in_full():
    rule = Rule(minimum_volume=D(5_000_000))

    verdicts = judge([facts(1, D("4999999.99"))], rule)

    assert why(verdicts, 1) == "volume 4,999,999.99 below 5,000,000"


@pytest.mark.parametrize("limit", [bound.limit for bound in BOUNDS])
def test_a_value_on_the_limit_is_inside(limit):
    named = {bound.limit: bound.figure for bound in BOUNDS}
    rule = Rule(**{limit: 7 if limit == "minimum_age_days" else D(7)})

    assert keys_in(judge([facts(1, **{named[limit]: D(7)})], rule)) == [1]


def test_the_white_list_is_in_beside_the_top_and_takes_no_place():
    rule = Rule(top_n=2, minimum_volume=D(900), always=frozenset({9}))

    verdicts = judge([*ladder(4), facts(9, 1, quote="EUR", status="halted")], rule)

    assert sorted(keys_in(verdicts)) == [1, 2, 9]
    assert why(verdicts, 9) == "white list"


def test_even_the_white_list_loses_what_is_delisted():
    rule = Rule(always=frozenset({1}))

    assert keys_in(judge([facts(1, status="delisted")], rule)) == []


@pytest.mark.parametrize(
    ("sort_by", "is_reversed", "order"),
    [
        (SortBy.VOLUME, False, [1, 2, 3]),
        (SortBy.VOLUME, True, [3, 2, 1]),
        (SortBy.SPREAD, False, [3, 1, 2]),
        (SortBy.SPREAD, True, [2, 1, 3]),
        (SortBy.CHANGE, False, [2, 3, 1]),
        (SortBy.AGE, False, [1, 3, 2]),
        (SortBy.VOLATILITY, False, [3, 2, 1]),
    ],
)
def test_each_order_has_its_best_first(sort_by, is_reversed, order):
    rows = [
        facts(1, 30, spread_bps=D(5), change_pct=D(-9), age_days=D(9)),
        facts(2, 20, spread_bps=D(9), change_pct=D(8), age_days=D(1)),
        facts(3, 10, spread_bps=D(1), change_pct=D(1), age_days=D(5)),
    ]
    rows = [replace(row, volatility_pct=D(row.key)) for row in rows]

    assert keys_in(judge(rows, Rule(sort_by=sort_by, is_reversed=is_reversed))) == order


@pytest.mark.parametrize("is_reversed", [False, True])
def test_what_is_unknown_comes_last_either_way(is_reversed):
    rule = Rule(sort_by=SortBy.CHANGE, is_reversed=is_reversed)

    verdicts = judge([facts(1), facts(2, change_pct=D(-3))], rule)

    assert keys_in(verdicts) == [2, 1]


def test_a_member_stays_while_it_misses_a_limit_by_less_than_the_margin():
    rule = Rule(minimum_volume=D(100), stay_in_margin_pct=D(10))
    rows = [facts(1, 91), facts(2, 91), facts(3, 89)]

    verdicts = judge(rows, rule, members={1, 3})

    assert keys_in(verdicts) == [1]
    assert why(verdicts, 1) == "volume 91 below 100; stays, inside the margin of 10 %"


def test_a_member_keeps_its_place_until_it_falls_behind_the_margin():
    rule = Rule(top_n=10, stay_in_margin_pct=D(20))

    at_twelve = judge(ladder(14), rule, members={12, *range(1, 10)})
    at_thirteen = judge(ladder(14), rule, members={13, *range(1, 10)})

    assert sorted(keys_in(at_twelve)) == [*range(1, 10), 12]
    assert "stays, inside the margin of 20 %" in why(at_twelve, 12)
    assert why(at_twelve, 10) == (
        "rank 10 of top 10; members inside the margin of 20 % stay"
    )
    assert keys_in(at_thirteen) == list(range(1, 11))


def test_the_best_are_in_at_once_whoever_was_there():
    rule = Rule(top_n=10, stay_in_margin_pct=D(20))

    verdicts = judge(ladder(14), rule, members=set(range(3, 13)))

    assert {1, 2} <= set(keys_in(verdicts))
    assert len(keys_in(verdicts)) == 10


def test_a_list_by_hand_holds_what_was_chosen_until_it_is_delisted():
    rows = [facts(1), facts(2, status="halted"), facts(3, status="delisted"), facts(4)]

    verdicts = choose(rows, {1, 2, 3})

    assert keys_in(verdicts) == [1, 2]
    assert why(verdicts, 1) == "chosen by hand"
    assert why(verdicts, 3) == "delisted by the exchange"
    assert why(verdicts, 4) == "not chosen"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"top_n": 0}, "top_n"),
        ({"minimum_volume": D(-1)}, "minimum_volume"),
        ({"minimum_volume": D("NaN")}, "minimum_volume"),
        ({"maximum_spread_bps": D("Infinity")}, "maximum_spread_bps"),
        ({"minimum_age_days": -1}, "minimum_age_days"),
        ({"volatility_days": 0}, "volatility_days"),
        ({"stay_in_margin_pct": D(51)}, "stay_in_margin_pct"),
        (
            {"minimum_volatility_pct": D(5), "maximum_volatility_pct": D(2)},
            "maximum_volatility_pct",
        ),
        (
            {"minimum_change_pct": D(5), "maximum_change_pct": D(-5)},
            "maximum_change_pct",
        ),
    ],
)
def test_a_rule_that_cannot_be_names_its_field(changes, field):
    with pytest.raises(InvalidFields) as caught:
        Rule(**changes).check()

    assert list(caught.value.errors) == [field]


def test_a_ticker_becomes_figures():
    quote = quote_24h(
        last=D(110),
        bid=D("99.95"),
        ask=D("100.05"),
        high=D(120),
        low=D(100),
        opened=D(100),
        base_volume=D(7),
    )

    assert quote.volume == D(770)
    assert quote.spread_bps == D(10)
    assert quote.range_pct == D(20)
    assert quote.change_pct == D(10)


def test_a_ticker_that_contradicts_itself_tells_nothing():
    quote = quote_24h(
        bid=D(101), ask=D(100), low=D(9), high=D(8), quote_volume=D("1e30")
    )

    assert (quote.spread_bps, quote.range_pct, quote.volume) == (None, None, None)


def test_the_words_of_the_rule_and_of_the_rows_are_the_same():
    assert [word for word, _label in SORTS] == [str(word) for word in SortBy]


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_can_be_written(code):
    names = "rank", "top", "margin", "kind", "wanted", "quote"
    values = {"value": "1", "limit": "2", **dict.fromkeys(names, "x")}

    assert "%(" not in sentence(Reason(code, values))


def test_a_reason_of_another_version_is_shown_as_it_is():
    assert sentence(Reason("from-the-future")) == "from-the-future"


# Properties

figures = st.one_of(st.none(), st.integers(0, 12).map(Decimal))
statuses = st.sampled_from(["active", "active", "active", "halted", "delisted"])


@st.composite
def markets(draw: st.DrawFn) -> list[Facts]:
    count = draw(st.integers(0, 14))
    return [
        Facts(
            key=key,
            symbol=f"C{key:03}/USDT",
            quote=draw(st.sampled_from(["USDT", "USDT", "EUR"])),
            status=draw(statuses),
            volume=draw(figures),
            spread_bps=draw(figures),
            age_days=draw(figures),
            volatility_pct=draw(figures),
            change_pct=draw(figures),
        )
        for key in range(count)
    ]


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    limits = st.one_of(st.none(), st.integers(0, 12).map(Decimal))
    keys = st.frozensets(st.integers(0, 13), max_size=3)
    always = draw(keys)
    return Rule(
        quote=draw(st.sampled_from(["", "USDT"])),
        minimum_volume=draw(limits),
        maximum_spread_bps=draw(limits),
        minimum_change_pct=draw(limits),
        sort_by=draw(st.sampled_from(SortBy)),
        is_reversed=draw(st.booleans()),
        top_n=draw(st.one_of(st.none(), st.integers(1, 8))),
        stay_in_margin_pct=draw(st.sampled_from([D(0), D(10), D(50)])),
        always=always,
        never=draw(keys) - always,
    )


members = st.frozensets(st.integers(0, 13))


@given(markets(), rules(), members, st.randoms())
def test_the_order_of_the_facts_does_not_matter(market, rule, now_in, random):
    shuffled = market[:]
    random.shuffle(shuffled)

    assert judge(shuffled, rule, now_in) == judge(market, rule, now_in)


@given(markets(), rules(), members)
def test_each_instrument_has_one_verdict_with_a_reason(market, rule, now_in):
    verdicts = judge(market, rule, now_in)

    assert sorted(v.facts.key for v in verdicts) == [one.key for one in market]
    assert all(verdict.reasons for verdict in verdicts)
    assert all(reason.code in SENTENCES for v in verdicts for reason in v.reasons)


@given(markets(), rules(), members)
def test_places_are_filled_and_never_overfilled(market, rule, now_in):
    verdicts = judge(market, rule, now_in)

    ranked = [verdict for verdict in verdicts if verdict.rank is not None]
    placed = [verdict for verdict in ranked if verdict.is_in]
    most = len(ranked) if rule.top_n is None else min(rule.top_n, len(ranked))
    assert len(placed) == most
    assert sorted(v.rank for v in ranked) == list(range(1, len(ranked) + 1))


@given(markets(), rules(), members)
def test_lists_of_names_beat_every_figure(market, rule, now_in):
    verdicts = {v.facts.key: v for v in judge(market, rule, now_in)}

    for key, verdict in verdicts.items():
        if verdict.facts.status != "delisted":
            assert verdict.is_in or key not in rule.always
        assert not (verdict.is_in and key in rule.never)
        assert not (verdict.is_in and verdict.facts.status == "delisted")


@given(markets(), rules(), members)
def test_without_a_margin_the_past_does_not_matter(market, rule, now_in):
    plain = replace(rule, stay_in_margin_pct=D(0))

    assert judge(market, plain, now_in) == judge(market, plain)


@given(markets(), rules(), members)
def test_judging_again_changes_nothing(market, rule, now_in):
    once = judge(market, rule, now_in)

    twice = judge(market, rule, set(keys_in(once)))

    assert keys_in(twice) == keys_in(once)


@given(markets(), rules(), members)
def test_a_margin_lets_no_stranger_past_the_limits(market, rule, now_in):
    strict = judge(market, replace(rule, stay_in_margin_pct=D(0), top_n=None))
    fits = set(keys_in(strict))

    for verdict in judge(market, rule, now_in):
        if verdict.is_in:
            assert verdict.facts.key in fits | now_in


@given(st.integers(1, 12), st.integers(1, 9), st.sampled_from([D(10), D(25), D(50)]))
def test_neighbours_of_the_last_place_do_not_flap(top_n, others, margin):
    rule = Rule(top_n=top_n, stay_in_margin_pct=margin)
    market = ladder(top_n + others)
    now_in = set(keys_in(judge(market, rule)))
    last, next_one = market[top_n - 1 : top_n + 1]
    market[top_n - 1] = replace(last, volume=next_one.volume)
    market[top_n] = replace(next_one, volume=last.volume)

    assert set(keys_in(judge(market, rule, now_in))) == now_in
    assert set(keys_in(judge(market, replace(rule, stay_in_margin_pct=D(0))))) != now_in
