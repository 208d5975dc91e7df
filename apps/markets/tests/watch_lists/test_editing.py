"""Making and changing lists: every wrong field is named, and nothing is stored."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.common.errors import InvalidFields
from apps.common.models import AuditEntry, OutboxEvent
from apps.common.tests.people import make_user
from apps.markets.models import WatchList, WatchListEntry, WatchListPick
from apps.markets.services import watch_lists
from apps.markets.services.watch_lists import wanted_of
from apps.markets.tests.watch_lists.factories import (
    make_exchange,
    make_hand_list,
    make_list,
    make_markets,
    members,
    refresh,
    volumes,
)

pytestmark = pytest.mark.django_db(transaction=True)


def errors_of(**changes) -> dict[str, str]:
    with pytest.raises(InvalidFields) as caught:
        make_list(**changes)
    assert not WatchList.objects.exists()
    assert not WatchListPick.objects.exists()
    assert not AuditEntry.objects.exists()
    return caught.value.errors


def test_every_wrong_field_is_named_at_once():
    make_markets("BTC/USDT", "ETH/EUR")

    errors = errors_of(
        name=" ",
        quote="USD",
        top_n=0,
        minimum_volume=Decimal(-5),
        minimum_volatility_pct=Decimal(9),
        maximum_volatility_pct=Decimal(3),
        refresh_every_s=5,
        white_list=["DOGE/USDT"],
    )

    assert errors == {
        "name": "1 to 80 characters",
        "quote": "no instrument of Gate has the quote USD; there are: EUR, USDT",
        "top_n": "0 is outside 1 to 5,000",
        "minimum_volume": "-5 is outside 0 to 99,999,999,999,999,999",
        "maximum_volatility_pct": "the maximum 3 is below the minimum 9",
        "refresh_every_s": "5 is outside 30 to 86400",
        "white_list": "DOGE/USDT is no instrument of Gate",
    }


@pytest.mark.parametrize("field", ["selection", "kind", "sort_by"])
def test_an_unknown_word_names_the_known_ones(field):
    errors = errors_of(**{field: "luck"})

    assert "'luck' is not one of" in errors[field]


def test_an_instrument_of_another_exchange_is_refused_with_its_place():
    make_markets("BTC/USDT")
    make_markets("DOGE/USDT", exchange=make_exchange("okx"))

    errors = errors_of(white_list=["DOGE/USDT"])

    assert errors["white_list"] == "DOGE/USDT is not traded on Gate, but on Okx"


def test_a_mistyped_symbol_is_answered_with_what_is_near():
    make_markets("BTC/USDT", "ETH/USDT")

    errors = errors_of(selection="hand", chosen=["BTC/USTD"])

    assert "did you mean BTC/USDT" in errors["chosen"]


def test_what_is_always_in_cannot_be_never_in():
    make_markets("BTC/USDT")

    errors = errors_of(white_list=["BTC/USDT"], black_list=["btc/usdt"])

    assert errors == {"black_list": "BTC/USDT is on the white list too"}


def test_picks_of_the_other_way_of_choosing_are_refused():
    make_markets("BTC/USDT")

    assert "chosen" in errors_of(chosen=["BTC/USDT"])
    by_hand = errors_of(selection="hand", chosen=["BTC/USDT"], white_list=["BTC/USDT"])
    assert "white_list" in by_hand


def test_a_list_by_hand_needs_a_member():
    assert errors_of(selection="hand") == {"chosen": "name at least one instrument"}


def test_a_made_up_exchange_has_no_figures_for_a_rule():
    exchange = make_exchange("synthetic", is_synthetic=True)

    assert "no prices of its own" in errors_of(exchange=exchange)["exchange"]


def test_a_name_is_taken_once_by_each_person_and_once_among_the_shared():
    ada, bob = make_user(), make_user()
    make_list(owner=ada)
    make_list(owner=bob)
    make_list()

    for owner in (ada, None):
        with pytest.raises(InvalidFields) as caught:
            make_list(owner=owner)
        assert list(caught.value.errors) == ["name"]


def test_a_list_by_hand_has_its_members_at_once():
    found = make_hand_list("ETH/USDT", "BTC/USDT", "eth/usdt")

    assert members(found) == ["BTC/USDT", "ETH/USDT"]
    assert OutboxEvent.objects.count() == 1
    found.refresh_from_db()
    assert (found.due_at, found.refreshed_at is None) == (None, False)


def test_a_changed_list_by_hand_changes_its_members_at_once():
    found = make_hand_list("BTC/USDT", "ETH/USDT")
    make_markets("SOL/USDT")

    wanted = replace(wanted_of(found), chosen=["SOL/USDT", "ETH/USDT"])
    watch_lists.update_watch_list(found, wanted)

    assert members(found) == ["ETH/USDT", "SOL/USDT"]


def test_a_changed_rule_is_due_and_keeps_its_members_till_then():
    make_markets("BTC/USDT", "ETH/USDT")
    found = make_list()
    refresh(found, volumes(BTC=2, ETH=1))

    changed = watch_lists.update_watch_list(found, replace(wanted_of(found), top_n=1))

    assert len(members(found)) == 2
    assert changed.due_at < changed.changed_at or changed.due_at == changed.changed_at
    assert WatchList.objects.due().get() == found
    refresh(found, volumes(BTC=2, ETH=1))
    assert members(found) == ["BTC/USDT"]


def test_a_rule_that_becomes_a_list_by_hand_keeps_only_what_was_chosen():
    make_markets("BTC/USDT", "ETH/USDT")
    found = make_list(white_list=["ETH/USDT"])
    refresh(found, volumes(BTC=2))

    wanted = replace(
        wanted_of(found), selection="hand", white_list=(), chosen=["ETH/USDT"]
    )
    watch_lists.update_watch_list(found, wanted)

    assert members(found) == ["ETH/USDT"]


def test_saving_the_same_again_changes_nothing():
    make_markets("BTC/USDT")
    found = make_list(minimum_volume=Decimal("5.50"), white_list=["BTC/USDT"])
    found = WatchList.objects.get(pk=found.pk)
    before = AuditEntry.objects.count()

    same = watch_lists.update_watch_list(found, wanted_of(found))

    assert same.version == found.version
    assert AuditEntry.objects.count() == before


def test_who_changed_which_limit_is_in_the_audit_trail():
    ada = make_user()
    found = make_list(owner=ada, top_n=5)

    wanted = replace(wanted_of(found), top_n=7, minimum_volume=Decimal("2.50"))
    watch_lists.update_watch_list(found, wanted, actor=ada)
    watch_lists.delete_watch_list(found, actor=ada)

    entries = AuditEntry.objects.order_by("sequence")
    assert [entry.action for entry in entries] == [
        "watch_list.created",
        "watch_list.changed",
        "watch_list.deleted",
    ]
    assert entries[1].changes == {"top_n": [5, 7], "minimum_volume": [None, "2.5"]}
    assert {entry.actor for entry in entries} == {ada}


def test_a_deleted_list_takes_its_entries_and_leaves_the_instruments():
    found = make_hand_list("BTC/USDT")

    watch_lists.delete_watch_list(found)

    assert not WatchListEntry.objects.exists()
    assert make_markets("BTC/USDT")[0].symbol == "BTC/USDT"
