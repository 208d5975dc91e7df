"""The *Watch-lists* page: lists, one list, its form, its preview, its rights."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.common import clock
from apps.common.models import Job
from apps.common.tests.people import make_user
from apps.markets.models import TopUp, WatchList
from apps.markets.services import watch_lists
from apps.markets.services.watch_lists.knowing import write_snapshot
from apps.markets.tests.watch_lists.factories import (
    make_exchange,
    make_hand_list,
    make_list,
    make_markets,
    members,
    refresh,
    volumes,
)

pytestmark = pytest.mark.django_db
LIST = "admin:markets_watchlist_changelist"
ADD = "admin:markets_watchlist_add"
CHANGE = "admin:markets_watchlist_change"
DELETE = "admin:markets_watchlist_delete"
REFRESH = "admin:watch_list_refresh"


@pytest.fixture
def bob():
    """Staff with every right on watch-lists, and no superuser."""
    person = make_user(username="bob", is_staff=True)
    rights = Permission.objects.filter(content_type__model="watchlist")
    person.user_permissions.set(rights)
    return person


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def text(answer) -> str:
    assert answer.status_code == 200, answer
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def page(desk, found, query="") -> str:
    return text(desk.get(reverse(CHANGE, args=[found.pk]) + query))


def filled(**changes) -> dict[str, object]:
    """The form as a browser sends it."""
    return {
        "name": "Liquid",
        "exchange": make_exchange().pk,
        "selection": "rule",
        "kind": "spot",
        "sort_by": "volume",
        "volatility_days": 1,
        "stay_in_margin_pct": 0,
        **changes,
    }


def test_the_list_shows_how_each_stands(desk, bob):
    make_markets("BTC/USDT")
    fresh = make_list(owner=bob, name="Fresh")
    refresh(fresh, volumes(BTC=1))
    make_list(owner=bob, name="Waiting")
    failed = make_list(name="Failed")
    WatchList.objects.filter(pk=failed.pk).update(refresh_error="no route")

    shown = text(desk.get(reverse(LIST)))

    for word in ("Fresh", "Refreshed", "Waits for its first", "Not refreshed"):
        assert word in shown


def test_one_list_tells_who_is_in_and_who_is_not_and_why(desk, bob):
    make_markets("BTC/USDT", "ETH/USDT", "SOL/USDT")
    found = make_list(owner=bob, top_n=1, minimum_volume=5)
    refresh(found, volumes(BTC=1_500_000, ETH=9, SOL=2))

    inside, outside = page(desk, found), page(desk, found, "?show=out")

    assert "rank 1 of top 1" in inside
    assert "1.500 m" in inside
    assert "SOL/USDT" not in inside
    assert "rank 2 of top 1" in outside
    assert "volume 2 below 5" in outside
    assert "rank 1 of top 1" not in page(desk, found, "?show=all&q=sol")


def test_the_members_history_is_one_click_away_for_who_may_ask_for_it(desk, bob):
    found = make_hand_list("BTC/USDT", owner=bob)
    address = f"{reverse('admin:markets_download_add')}?watch_list={found.pk}"
    assert address not in page(desk, found)

    bob.user_permissions.add(Permission.objects.get(codename="add_download"))

    assert address in page(desk, found)
    assert desk.get(address).status_code == 200


def test_reasons_are_kept_as_codes_and_written_for_the_reader(desk, bob):
    make_markets("BTC/USDT")
    found = make_list(owner=bob, minimum_volume=5)
    refresh(found, volumes(BTC=2))

    assert "volume 2 below 5" in page(desk, found, "?show=out")
    assert found.entries.get().reasons == [
        ["volume-low", {"value": "2", "limit": "5.000000"}]
    ]


def test_a_failed_refresh_is_told_above_the_members_that_stay(desk, bob):
    make_markets("BTC/USDT")
    found = make_list(owner=bob)
    refresh(found, volumes(BTC=1))
    WatchList.objects.update(refresh_error="<b>no route</b>")

    shown = page(desk, found)

    assert "&lt;b&gt;no route" in shown
    assert "they stay until a refresh succeeds" in shown
    assert "BTC/USDT" in shown


def test_the_form_makes_a_list_and_asks_for_its_first_refresh(desk, bob):
    make_markets("BTC/USDT", "ETH/USDT")
    posted = filled(
        _save="", quote="usdt", minimum_volume="2.5", white_list="btc/usdt\nETH/USDT"
    )

    answer = desk.post(reverse(ADD), posted)

    found = WatchList.objects.get()
    assert answer.url == reverse(CHANGE, args=[found.pk])
    assert (found.owner, found.quote) == (bob, "USDT")
    assert found.picks.count() == 2
    assert Job.objects.get().payload["lists"] == [found.pk]
    shown = page(desk, found)
    assert "Waits for its refresh" in shown
    assert 'value="2.5"' in shown
    assert "BTC/USDT, ETH/USDT" in shown


def test_every_wrong_field_is_told_beside_it_and_nothing_typed_is_lost(desk):
    make_markets("BTC/USDT")
    posted = filled(
        _save="",
        name="My own words",
        quote="USD",
        top_n=0,
        minimum_change_pct=5,
        maximum_change_pct=-5,
        refresh_every_s=7,
        black_list="DOGE/USDT",
    )

    shown = text(desk.post(reverse(ADD), posted))

    for rule in (
        "has the quote USD; there are: USDT",
        "0 is outside 1 to 5,000",
        "the maximum -5 is below the minimum 5",
        "7 is outside 30 to 86400",
        "DOGE/USDT is no instrument of Gate",
    ):
        assert rule in shown
    assert "My own words" in shown
    assert not WatchList.objects.exists()


def test_a_list_by_hand_ignores_the_boxes_of_the_rule(desk):
    make_markets("BTC/USDT", "ETH/USDT")
    posted = filled(
        _save="", selection="hand", chosen="BTC/USDT", white_list="ETH/USDT", top_n=0
    )

    desk.post(reverse(ADD), {**posted, "top_n": ""})

    assert members(WatchList.objects.get()) == ["BTC/USDT"]


def test_a_preview_judges_what_is_typed_and_saves_nothing(desk, bob):
    make_markets("BTC/USDT", "ETH/USDT")
    found = make_list(owner=bob)
    refresh(found, volumes(BTC=1, ETH=2))
    write_snapshot(make_exchange(), "spot", volumes(BTC=8, ETH=4), clock.now())

    posted = filled(_preview="", name=found.name, minimum_volume=5)
    shown = text(desk.post(reverse(CHANGE, args=[found.pk]), posted))

    assert "1 of 2 would be in" in shown
    assert "0 would come, 1 would go." in shown
    assert "volume 4 below 5" in shown
    found.refresh_from_db()
    assert found.minimum_volume is None


def test_a_preview_without_figures_offers_to_fetch_them(desk):
    make_markets("BTC/USDT")
    posted = filled()

    blind = text(desk.post(reverse(ADD), {**posted, "_preview": ""}))
    desk.post(reverse(ADD), {**posted, "_figures": ""})

    assert "no figures of this exchange yet" in blind
    assert Job.objects.get().payload == {
        "exchange": make_exchange().pk,
        "lists": [],
        "kinds": ["spot"],
    }
    assert not WatchList.objects.exists()


def test_saving_a_list_unchanged_asks_no_exchange(desk, bob):
    found = make_list(owner=bob, name="Liquid")

    desk.post(reverse(CHANGE, args=[found.pk]), filled(_save=""))

    assert not Job.objects.exists()


def test_the_button_puts_one_refresh_in_line(desk, bob):
    found = make_list(owner=bob)

    desk.post(reverse(REFRESH, args=[found.pk]))
    answer = desk.post(reverse(REFRESH, args=[found.pk]), follow=True)

    assert Job.objects.count() == 1
    assert f'data-job="{Job.objects.get().pk}"' in text(answer)
    assert desk.get(reverse(REFRESH, args=[found.pk])).status_code == 405


def test_the_lists_action_refreshes_ones_own_and_leaves_the_shared(desk, bob):
    own, shared = make_list(owner=bob), make_list()
    posted = {"action": "refresh_selected", "_selected_action": [own.pk, shared.pk]}

    answer = desk.post(reverse(LIST), posted, follow=True)

    assert "1 watch-list is being refreshed" in text(answer)
    assert [job.payload["lists"] for job in Job.objects.all()] == [[own.pk]]


def test_foreign_lists_are_not_there(desk):
    foreign = make_list(owner=make_user(), name="Secret plan")

    assert "Secret plan" not in text(desk.get(reverse(LIST)))
    for address in (CHANGE, DELETE):
        for ask in (desk.get, desk.post):
            answer = ask(reverse(address, args=[foreign.pk]), filled(_save=""))
            assert answer.status_code in {302, 404}
    assert desk.post(reverse(REFRESH, args=[foreign.pk])).status_code == 404
    assert WatchList.objects.get().name == "Secret plan"
    assert not Job.objects.exists()


def test_a_shared_list_is_there_to_look_at(desk):
    shared = make_hand_list("BTC/USDT")

    shown = page(desk, shared)
    address = reverse(CHANGE, args=[shared.pk])

    assert "shared with everybody" in shown
    assert "_save" not in shown
    assert desk.post(address, filled(_save="")).status_code == 403
    assert desk.post(reverse(REFRESH, args=[shared.pk])).status_code == 403
    assert (
        desk.post(reverse(DELETE, args=[shared.pk]), {"post": "yes"}).status_code == 403
    )


def test_who_has_no_right_on_the_model_sees_nothing(client):
    person = make_user(is_staff=True)
    found = make_list(owner=person)
    client.force_login(person)

    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(reverse(CHANGE, args=[found.pk])).status_code == 403
    assert client.get(reverse(ADD)).status_code == 403


def test_who_may_only_look_changes_nothing_of_ones_own(client):
    person = make_user(is_staff=True)
    right = Permission.objects.get(codename="view_watchlist")
    person.user_permissions.set([right])
    found = make_list(owner=person)
    client.force_login(person)

    assert "_save" not in page(client, found)
    posted = client.post(reverse(CHANGE, args=[found.pk]), filled(_save=""))
    assert posted.status_code == 403
    assert client.post(reverse(REFRESH, args=[found.pk])).status_code == 403


def test_a_list_of_ones_own_is_deleted_without_naming_each_entry(desk, bob):
    found = make_hand_list("BTC/USDT", owner=bob)
    TopUp.objects.create(watch_list=found, timeframe="4h", start_at=clock.now())
    address = reverse(DELETE, args=[found.pk])

    asked = text(desk.get(address))
    desk.post(address, {"post": "yes"})

    assert "Most traded 4h" in asked
    assert "BTC/USDT" not in asked
    assert not TopUp.objects.exists()
    assert not WatchList.objects.exists()


@pytest.mark.parametrize("number", ["0", "999999", "abc", "9" * 30])
def test_a_list_that_never_was_is_not_found(desk, number):
    answer = desk.get(f"/admin/markets/watchlist/{number}/change/")

    assert answer.status_code == 404


def test_more_lists_cost_no_more_queries(desk, bob, django_assert_num_queries):
    make_hand_list("BTC/USDT", owner=bob)
    desk.get(reverse(LIST))
    with CaptureQueriesContext(connection) as few:
        desk.get(reverse(LIST))
    for number in range(8):
        exchange = make_exchange(f"venue{number}")
        make_list(owner=bob, name=f"List {number}", exchange=exchange)

    with django_assert_num_queries(len(few)):
        desk.get(reverse(LIST))
    assert len(few) <= 10


def test_more_members_cost_no_more_queries(desk, bob, django_assert_num_queries):
    found = make_hand_list("BTC/USDT", owner=bob)
    page(desk, found)
    with CaptureQueriesContext(connection) as few:
        page(desk, found)
    names = [f"X{number}/USDT" for number in range(30)]
    make_markets(*names)
    wanted = watch_lists.wanted_of(found)
    watch_lists.update_watch_list(found, replace(wanted, chosen=names))

    with django_assert_num_queries(len(few)):
        page(desk, found)
    assert len(few) <= 10, "\n".join(q["sql"][:120] for q in few)
