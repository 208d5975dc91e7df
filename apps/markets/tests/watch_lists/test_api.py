"""Watch-lists over HTTP: made, changed, read; foreign ones are not there."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.common.models import Job
from apps.common.tests.people import make_user
from apps.markets.models import WatchList
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
BASE = "/api/v1/watch-lists/"


@pytest.fixture
def bob():
    return make_user(username="bob")


@pytest.fixture
def api(client, bob):
    client.force_login(bob)
    return client


def call(api, method, address="", body=None, *, status=200, **headers):
    options = {"content_type": "application/json", "headers": headers}
    answer = getattr(api, method)(BASE + address, body or {}, **options)
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def get(api, address="", status=200):
    answer = api.get(BASE + address)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_list_is_made_and_read_back_exactly(api):
    make_markets("BTC/USDT", "ETH/USDT")
    body = {
        "name": "Liquid",
        "exchange": "gate",
        "quote": "usdt",
        "minimum_volume": "5000000.5",
        "maximum_spread_bps": "10",
        "top_n": 20,
        "black_list": ["ETH/USDT"],
    }

    made = call(api, "post", body=body, status=201)

    assert get(api, f"{made['id']}/") == made
    shown = {name: made[name] for name in body}
    assert shown == {**body, "quote": "USDT"}
    assert (made["is_shared"], made["member_count"]) == (False, 0)
    assert made["minimum_change_pct"] is None
    assert Job.objects.get().payload["lists"] == [made["id"]]


def test_a_repeated_creation_creates_once(api):
    make_exchange()
    body = {"name": "Once", "exchange": "gate"}

    first = call(api, "post", body=body, status=201, **{"Idempotency-Key": "k1"})
    again = call(api, "post", body=body, status=201, **{"Idempotency-Key": "k1"})

    assert first == again
    assert WatchList.objects.count() == 1


def test_every_wrong_field_is_named(api):
    make_markets("BTC/USDT")
    make_markets("DOGE/USDT", exchange=make_exchange("okx"))
    body = {
        "name": "Bad",
        "exchange": "gate",
        "quote": "USD",
        "top_n": 0,
        "minimum_change_pct": "5",
        "maximum_change_pct": "-5",
        "white_list": ["DOGE/USDT"],
    }

    problem = call(api, "post", body=body, status=400)

    fields = {error["field"] for error in problem["errors"]}
    assert fields == {"quote", "top_n", "maximum_change_pct", "white_list"}
    assert not WatchList.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"exchange": "nowhere"}, "exchange"),
        ({"colour": "red"}, "colour"),
        ({"due_at": "2024-01-01T00:00:00Z"}, "due_at"),
        ({"minimum_volume": 0.5}, "minimum_volume"),
        ({"minimum_volume": "NaN"}, "minimum_volume"),
        ({"minimum_volume": "1" * 30}, "minimum_volume"),
        ({"top_n": "many"}, "top_n"),
        ({"sort_by": "luck"}, "sort_by"),
        ({"white_list": "BTC/USDT"}, "white_list"),
        ({"name": "x" * 81}, "name"),
        ({"name": None}, "name"),
    ],
)
def test_what_is_no_value_is_refused_by_name(api, change, field):
    make_exchange()
    body = {"name": "Bad", "exchange": "gate", **change}

    problem = call(api, "post", body=body, status=400)

    assert problem["field"] == field


def test_a_part_is_changed_and_the_rest_stays(api, bob):
    found = make_list(owner=bob, top_n=5)

    changed = call(api, "patch", f"{found.pk}/", {"top_n": 7})

    assert (changed["top_n"], changed["name"]) == (7, "Most traded")


def test_what_is_replaced_takes_defaults_where_nothing_is_given(api, bob):
    found = make_list(owner=bob, top_n=5)
    body = {"name": "New", "exchange": "gate"}

    changed = call(api, "put", f"{found.pk}/", body)

    assert (changed["top_n"], changed["name"]) == (None, "New")


def test_a_rule_becomes_a_list_by_hand_in_one_call(api, bob):
    make_markets("BTC/USDT")
    found = make_list(owner=bob, white_list=["BTC/USDT"])

    body = {"selection": "hand", "chosen": ["BTC/USDT"]}
    changed = call(api, "patch", f"{found.pk}/", body)

    assert changed["member_count"] == 1
    assert (changed["chosen"], changed["white_list"]) == (["BTC/USDT"], [])


def test_members_come_by_rank_in_pages_with_their_reasons(api, bob):
    make_markets("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT")
    found = make_list(owner=bob, top_n=3)
    refresh(found, volumes(BTC=1, ETH=4, SOL=3, XRP=2))

    seen, address = [], f"{found.pk}/members/?limit=2"
    while address:
        page = get(api, address)
        seen += [(row["rank"], row["symbol"]) for row in page["results"]]
        address = page["next"] and page["next"].split(BASE)[1]

    assert seen == [(1, "ETH/USDT"), (2, "SOL/USDT"), (3, "XRP/USDT")]
    (out,) = get(api, f"{found.pk}/members/?is_in=false")["results"]
    assert (out["reason"], out["reason_text"]) == ("rank", "rank 4 of top 3")
    assert out["volume"] == "1"
    assert len(get(api, f"{found.pk}/members/?is_in=all")["results"]) == 4


@pytest.mark.parametrize("query", ["is_in=perhaps", "limit=0", "cursor=x", "who=me"])
def test_a_bad_question_for_members_is_refused_by_name(api, bob, query):
    found = make_list(owner=bob)

    problem = get(api, f"{found.pk}/members/?{query}", status=400)

    assert problem["field"] == query.split("=")[0]


def test_a_refresh_is_put_in_line_once(api, bob):
    found = make_list(owner=bob)

    first = call(api, "post", f"{found.pk}/refresh/", status=202)
    again = call(api, "post", f"{found.pk}/refresh/", status=202)

    assert first == again == {"job": Job.objects.get().pk, "status": "queued"}
    assert Job.objects.get().owner == bob


def test_a_rule_is_tried_out_without_being_saved(api):
    make_markets("BTC/USDT", "ETH/USDT")
    exchange = make_exchange()
    body = {"name": "Trial", "exchange": "gate", "top_n": 1}
    assert call(api, "post", "preview/", body, status=409)["field"] == "exchange"
    now = make_list(name="Other").created_at
    write_snapshot(exchange, "spot", volumes(BTC=2, ETH=9), now)

    shown = call(api, "post", "preview/", body)

    assert (shown["member_count"], shown["considered_count"]) == (1, 2)
    assert [row["symbol"] for row in shown["verdicts"]] == ["ETH/USDT", "BTC/USDT"]
    assert not WatchList.objects.filter(name="Trial").exists()


def test_a_preview_under_a_lists_name_judges_its_members(api, bob):
    make_markets("BTC/USDT", "ETH/USDT")
    found = make_list(owner=bob, top_n=1)
    refresh(found, volumes(BTC=3, ETH=2))
    write_snapshot(make_exchange(), "spot", volumes(BTC=2, ETH=3), found.created_at)
    body = {"name": found.name, "exchange": "gate", "top_n": 1}

    plain = call(api, "post", "preview/", body)
    calm = call(api, "post", "preview/", {**body, "stay_in_margin_pct": "50"})

    assert plain["verdicts"][0]["symbol"] == "ETH/USDT"
    assert calm["verdicts"][0]["symbol"] == "BTC/USDT"


def test_lists_are_found_by_exchange_and_way_of_choosing(api):
    make_hand_list("BTC/USDT", name="Picked")
    make_list(name="Ruled", exchange=make_exchange("okx"))

    by_rule = get(api, "?selection=rule&exchange__code=okx")["results"]

    assert [one["name"] for one in by_rule] == ["Ruled"]
    assert get(api, "?owner=1", status=400)["field"] == "owner"


def test_foreign_lists_are_not_there(api):
    make_markets("BTC/USDT")
    foreign = make_list(owner=make_user())

    assert get(api)["results"] == []
    assert api.get(f"{BASE}{foreign.pk}/").status_code == 404
    assert api.get(f"{BASE}{foreign.pk}/members/").status_code == 404
    for method, address in (
        ("patch", ""),
        ("put", ""),
        ("delete", ""),
        ("post", "refresh/"),
    ):
        call(api, method, f"{foreign.pk}/{address}", status=404)
    assert WatchList.objects.get().name == "Most traded"


def test_shared_lists_are_there_to_look_at(api):
    shared = make_hand_list("BTC/USDT")

    assert get(api)["results"][0]["is_shared"] is True
    assert len(get(api, f"{shared.pk}/members/")["results"]) == 1
    for method, address in (("patch", ""), ("delete", ""), ("post", "refresh/")):
        call(api, method, f"{shared.pk}/{address}", status=403)
    assert members(shared) == ["BTC/USDT"]


def test_a_list_of_ones_own_is_deleted(api, bob):
    found = make_hand_list("BTC/USDT", owner=bob)

    call(api, "delete", f"{found.pk}/", status=204)

    assert not WatchList.objects.exists()


def test_strangers_see_nothing(client):
    found = make_list()

    for address in ("", f"{found.pk}/", f"{found.pk}/members/"):
        assert client.get(BASE + address).status_code in {401, 403}


def test_more_lists_cost_no_more_queries(api, bob, django_assert_num_queries):
    make_hand_list("BTC/USDT", owner=bob)
    with CaptureQueriesContext(connection) as few:
        get(api)
    for number in range(6):
        make_hand_list("BTC/USDT", f"X{number}/USDT", owner=bob, name=f"List {number}")

    with django_assert_num_queries(len(few)):
        get(api)
    assert len(few) <= 5
