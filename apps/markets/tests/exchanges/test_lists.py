"""Lists that an exchange may send: renamed, doubled, unreadable, cut in half."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.markets.gateways.types import (
    Batch,
    Kind,
    MarketRules,
    MarketStatus,
    Refusal,
    Refusals,
)
from apps.markets.models import Exchange, Instrument
from apps.markets.services.instruments import take_over
from apps.markets.tests.exchange_room import make_exchange

pytestmark = pytest.mark.django_db
BAD = Refusals(
    (("not finite", 1),), (Refusal("market.tick size", "not finite", "NaN"),)
)


def line(symbol: str, **changes) -> MarketRules:
    base, quote = symbol.split("/")
    values = {
        "exchange_id": symbol.replace("/", "_"),
        "base": base,
        "quote": quote,
        "tick_size": Decimal("0.01"),
    }
    return MarketRules(symbol, **{**values, **changes})


def lines(*symbols: str) -> Batch[MarketRules]:
    return Batch(tuple(line(symbol) for symbol in symbols))


@pytest.fixture
def exchange() -> Exchange:
    return make_exchange("http://127.0.0.1:1")


def named(symbol: str) -> Instrument:
    return Instrument.objects.get(symbol=symbol)


def symbols() -> list[str]:
    return sorted(Instrument.objects.values_list("symbol", flat=True))


def test_the_same_id_under_another_symbol_is_a_new_name(exchange, news):
    take_over(exchange, lines("MATIC/USDT"))
    ours = named("MATIC/USDT")

    done = take_over(exchange, Batch((line("POL/USDT", exchange_id="MATIC_USDT"),)))

    ours.refresh_from_db()
    assert done.renamed == 1
    assert (ours.symbol, ours.base, ours.status) == ("POL/USDT", "POL", "active")
    assert ours.changes.get(field="symbol").old == "MATIC/USDT"
    assert news() == [
        (
            "InstrumentChanged",
            {
                "instrument_id": ours.pk,
                "exchange": "simulator",
                "symbol": "POL/USDT",
                "fields": "symbol,base",
            },
        )
    ]


def test_two_that_swap_their_names_keep_their_rows(exchange):
    take_over(exchange, lines("A/USDT", "B/USDT"))
    first, second = named("A/USDT").pk, named("B/USDT").pk

    swapped = (
        line("B/USDT", exchange_id="A_USDT"),
        line("A/USDT", exchange_id="B_USDT"),
    )
    done = take_over(exchange, Batch(swapped))

    assert done.renamed == 2
    assert (named("B/USDT").pk, named("A/USDT").pk) == (first, second)


def test_a_newcomer_takes_the_name_that_another_left(exchange):
    take_over(exchange, lines("LUNA/USDT"))
    old = named("LUNA/USDT").pk

    renamed = line("LUNC/USDT", exchange_id="LUNA_USDT")
    take_over(exchange, Batch((line("LUNA/USDT", exchange_id="LUNA2"), renamed)))

    assert named("LUNC/USDT").pk == old
    assert named("LUNA/USDT").pk != old


def test_a_name_that_a_delisted_one_holds_is_not_given_twice(exchange):
    take_over(exchange, lines("OLD/USDT", "NEW/USDT"))

    done = take_over(exchange, Batch((line("OLD/USDT", exchange_id="NEW_USDT"),)))

    assert symbols() == ["NEW/USDT", "OLD/USDT"]
    assert named("OLD/USDT").status == "delisted"
    assert named("NEW/USDT").is_active
    assert (done.kept_names, done.examples[0]["field"]) == (1, "symbol")


def test_who_waits_for_a_name_that_is_kept_keeps_its_own(exchange):
    take_over(exchange, lines("A/USDT", "B/USDT", "C/USDT"))

    moved = (
        line("C/USDT", exchange_id="B_USDT"),
        line("B/USDT", exchange_id="A_USDT"),
        line("A/USDT", exchange_id="D_USDT"),
    )
    done = take_over(exchange, Batch(moved))

    assert symbols() == ["A/USDT", "B/USDT", "C/USDT"]
    assert (done.renamed, done.kept_names, done.refused) == (0, 2, 1)


def test_spot_and_perpetual_may_share_an_id(exchange):
    perpetual = MarketRules(
        "BTC/USDT:USDT", "BTC_USDT", "BTC", "USDT", Kind.PERPETUAL, settle="USDT"
    )
    both = Batch((line("BTC/USDT"), perpetual))

    take_over(exchange, both)

    assert take_over(exchange, both).total == 2
    assert symbols() == ["BTC/USDT", "BTC/USDT:USDT"]


def test_a_line_that_comes_twice_is_refused_once(exchange):
    done = take_over(exchange, lines("A/USDT", "A/USDT"))

    assert (done.total, done.refused) == (1, 1)
    assert Exchange.objects.get().last_sync["rules"] == {"listed twice": 1}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tick_size": Decimal("1e18")}, "tick_size"),
        ({"tick_size": Decimal("1e-19")}, "tick_size"),
        ({"base": "B" * 31}, "base"),
        ({"exchange_id": "B" * 61}, "exchange_symbol"),
    ],
)
def test_what_our_columns_cannot_hold_is_refused_by_name(exchange, changes, field):
    done = take_over(exchange, Batch((line("A/USDT"), line("B/USDT", **changes))))

    assert symbols() == ["A/USDT"]
    assert (done.refused, done.examples[0]["field"]) == (1, field)


def test_limits_that_limit_nothing_are_none(exchange):
    beyond = {"max_quantity": Decimal(2**63), "min_quantity": Decimal(0)}

    take_over(exchange, Batch((line("A/USDT", **beyond),)))

    assert named("A/USDT").maximum_quantity is named("A/USDT").minimum_quantity is None


def test_a_long_number_is_no_change_each_time(exchange):
    rules = line("A/USDT", max_notional=Decimal("123456789012.123456789012345678"))

    take_over(exchange, Batch((rules,)))

    assert take_over(exchange, Batch((rules,))).changed == 0


def test_rebates_are_fees_below_zero(exchange):
    take_over(exchange, Batch((line("A/USDT", maker_fee=Decimal("-0.0001")),)))

    assert named("A/USDT").maker_fee == Decimal("-0.0001")


def test_a_refused_line_is_halted_not_delisted_until_it_is_certain(exchange, news):
    take_over(exchange, lines("A/USDT", "B/USDT"))

    unread = Batch((line("A/USDT"),), BAD)
    assert take_over(exchange, unread).halted == 1
    assert take_over(exchange, unread).delisted == 0
    assert named("B/USDT").status == "halted"
    assert take_over(exchange, lines("A/USDT", "B/USDT")).resumed == 1

    assert [name for name, _ in news()] == ["InstrumentHalted", "InstrumentResumed"]


def test_a_line_that_was_always_bad_keeps_nothing_from_being_delisted(exchange):
    take_over(exchange, Batch((line("A/USDT"), line("B/USDT")), BAD))

    done = take_over(exchange, Batch((line("A/USDT"),), BAD))

    assert done.delisted == 1
    assert Exchange.objects.get().refused_count == 1


def test_half_a_list_is_not_believed_at_once(exchange, news):
    names = [f"C{number}/USDT" for number in range(60)]
    take_over(exchange, lines(*names))

    first = take_over(exchange, lines(*names[:30]))
    active = Instrument.objects.active().count()
    second = take_over(exchange, lines(*names[:30]))

    assert (first.withheld, first.delisted, active) == (30, 0, 60)
    assert (second.withheld, second.delisted) == (0, 30)
    assert {name for name, _ in news()} == {"InstrumentDelisted"}


def test_half_a_list_that_was_a_mistake_changes_nothing(exchange, news):
    names = [f"C{number}/USDT" for number in range(60)]
    take_over(exchange, lines(*names))
    take_over(exchange, lines(*names[:30]))

    done = take_over(exchange, lines(*names))

    assert (done.listed, done.delisted, done.changed) == (0, 0, 0)
    assert news() == []


def test_one_that_is_delisted_from_the_start_is_kept_without_news(exchange, news):
    take_over(exchange, lines("A/USDT"))
    gone = line("GONE/USDT", status=MarketStatus.DELISTED, delisted_at_ms=1_700_000)

    take_over(exchange, Batch((line("A/USDT"), gone)))

    assert named("GONE/USDT").status == "delisted"
    assert news() == []


def test_a_batch_is_stored_whole_with_its_news_or_not_at_all(exchange, monkeypatch):
    take_over(exchange, lines("A/USDT", "B/USDT"))
    monkeypatch.setattr(
        "apps.markets.services.instruments.storing.tell", lambda news: 1 / 0
    )

    changed = line("A/USDT", tick_size=Decimal("0.5"))
    with pytest.raises(ZeroDivisionError):
        take_over(exchange, Batch((changed, line("B/USDT"))))

    assert named("A/USDT").tick_size == Decimal("0.01")
    assert not named("A/USDT").changes.exists()


def test_after_a_stop_between_batches_the_next_one_goes_on(exchange, monkeypatch):
    monkeypatch.setattr("apps.markets.services.instruments.storing.BATCH", 2)
    listed = lines(*(f"C{number}/USDT" for number in range(5)))

    class Stopped(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stopped

    from apps.markets.services.instruments import syncing

    real = syncing.Storing
    monkeypatch.setattr(
        syncing,
        "Storing",
        lambda exchange, lease, now, _: real(exchange, lease, now, stop),
    )
    with pytest.raises(Stopped):
        take_over(exchange, listed)
    assert Instrument.objects.count() == 2
    monkeypatch.setattr(syncing, "Storing", real)

    assert take_over(exchange, listed).listed == 3
    assert Instrument.objects.count() == 5


STATUS = st.sampled_from(list(MarketStatus))
LINES = st.lists(
    st.builds(
        lambda symbol, number, status, tick: line(
            symbol,
            exchange_id=f"id{number}",
            status=status,
            tick_size=tick,
        ),
        st.sampled_from([f"{name}/USDT" for name in "ABCDE"]),
        st.integers(0, 4),
        STATUS,
        st.sampled_from([None, Decimal("0.1"), Decimal("0.01")]),
    ),
    max_size=6,
)


class WhateverTheyList(TestCase):
    """Any sequence of lists is taken over, and the last of them is what we say."""

    @settings(max_examples=40, deadline=None)
    @given(st.lists(LINES, min_size=1, max_size=4))
    def test_any_lists_are_taken_over(self, lists):
        exchange = make_exchange("http://127.0.0.1:1")
        kept: set[int] = set()
        for listed in lists:
            done = take_over(exchange, Batch(tuple(listed)))
            rows = {row.pk: row for row in Instrument.objects.all()}
            assert kept <= rows.keys(), "never deleted"
            kept = set(rows)
            told = rows.values()
            by_id = {row.exchange_symbol: row for row in told}
            assert done.total + done.refused == len(listed)
            names = [row.symbol for row in rows.values()]
            assert not any(name.startswith("~") for name in names)
            if not done.refused and not done.kept_names:
                for rules in listed:
                    row = by_id[rules.exchange_id]
                    assert (row.symbol, row.status) == (rules.symbol, rules.status)
                    assert row.tick_size == rules.tick_size
