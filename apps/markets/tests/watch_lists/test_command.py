"""``manage.py watchlists``: whose lists it shows, and what it says of them."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.common.tests.people import make_user
from apps.markets.tests.watch_lists.factories import (
    make_exchange,
    make_hand_list,
    make_list,
    make_markets,
    refresh,
    volumes,
)

pytestmark = pytest.mark.django_db(transaction=True)


def run(*args: object) -> str:
    out = io.StringIO()
    call_command("watchlists", *map(str, args), stdout=out)
    return out.getvalue()


def test_without_a_person_only_shared_lists_are_shown():
    make_list(name="For all")
    make_list(name="Secret plan", owner=make_user(username="ada"))

    assert "For all" in run("list")
    assert "Secret plan" not in run("list")
    assert "Secret plan" in run("list", "--user", "ada")


def test_a_foreign_list_is_not_there():
    foreign = make_list(name="Secret plan", owner=make_user())
    make_user(username="bob")

    for given in ("Secret plan", foreign.pk):
        for verb in ("show", "refresh"):
            with pytest.raises(CommandError, match="There is no watch-list"):
                run(verb, given, "--user", "bob")


def test_members_are_shown_with_figures_and_reasons():
    make_markets("BTC/USDT", "ETH/USDT")
    found = make_list(top_n=1)
    refresh(found, volumes(BTC=2_000_000, ETH=1))

    short, whole = run("show", found.pk), run("show", "Most traded", "--all")

    assert "BTC/USDT" in short
    assert "2.000" in short
    assert "ETH/USDT" not in short
    assert "rank 2 of top 1" in whole


def test_ones_own_list_comes_before_a_shared_one_of_its_name():
    ada = make_user(username="ada")
    make_hand_list("BTC/USDT", name="Mine")
    make_hand_list("ETH/USDT", name="Mine", owner=ada)

    assert "ETH/USDT" in run("show", "Mine", "--user", "ada")
    assert "BTC/USDT" in run("show", "Mine")


def test_a_failing_refresh_is_told_and_the_list_says_so_later():
    away = make_exchange(
        "away", ccxt_id="gate", is_simulator=True, rest_url="http://127.0.0.1:9"
    )
    make_list(exchange=away)

    with pytest.raises(CommandError):
        run("refresh", "Most traded")

    assert "not refreshed since" in run("show", "Most traded")


def test_a_shared_list_is_refreshed_by_who_may_change_it():
    make_list()
    make_user(username="bob")

    with pytest.raises(CommandError, match="shared"):
        run("refresh", "Most traded", "--user", "bob")


def test_an_unknown_person_is_told():
    with pytest.raises(CommandError, match="no active person 'nobody'"):
        run("list", "--user", "nobody")
