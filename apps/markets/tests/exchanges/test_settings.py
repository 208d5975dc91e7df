"""Adding and changing exchanges: by service, form, API and command line."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.common.errors import Conflict, InvalidFields, InvalidInput
from apps.common.models import AuditEntry, Job
from apps.markets import factories, venue_check
from apps.markets.gateways.errors import BadVenue
from apps.markets.gateways.venues import Venue
from apps.markets.models import Exchange, Instrument
from apps.markets.services import exchanges
from apps.markets.tests.exchange_room import make_exchange

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "http://127.0.0.1:8471"
# Each names the field that is to blame.
BAD = [
    ({"code": "gatte"}, "code"),
    ({"code": "mine", "ccxt_id": "gatte"}, "ccxt_id"),
    ({"code": "gate", "rest_url": "https://api.gateio.example"}, "rest_url"),
    ({"code": "gate", "rest_url": "http://api.gateio.ws"}, "rest_url"),
    ({"code": "gate", "rest_url": HOME}, "rest_url"),
    ({"code": "gate", "rest_url": "htps:/api.gateio.ws"}, "rest_url"),
    ({"code": "gate", "ws_url": "ws://api.gateio.ws"}, "ws_url"),
    ({"code": "s", "ccxt_id": "gate", "is_simulator": True,
      "rest_url": "http://example.com"}, "rest_url"),
    ({"code": "Not a code!"}, "code"),
]  # fmt: skip
GOOD = [
    {"code": "gate"},
    {"code": "mine", "ccxt_id": "gate", "rest_url": "https://api.gateio.ws/api/v4"},
    {"code": "s", "ccxt_id": "gate", "is_simulator": True, "rest_url": HOME},
    {"code": "s", "ccxt_id": "gate", "is_simulator": True},
    {"code": "kraken"},
]


@pytest.fixture(scope="module", autouse=True)
def _library():
    """Loaded here once; a desk asks a child instead, which has its own test."""
    import ccxt.async_support  # noqa: F401


@pytest.fixture
def person(client):
    ada = get_user_model().objects.create_superuser("ada", password="x")
    client.force_login(ada)
    return ada


@pytest.mark.parametrize("values", GOOD)
def test_what_the_gateway_knows_is_added(values):
    made = exchanges.add_exchange(**values)

    assert Exchange.objects.get() == made
    assert made.name
    assert AuditEntry.objects.get(action="exchange.added").object_name == made.name


@pytest.mark.parametrize(("values", "field"), BAD)
def test_what_it_does_not_is_refused_by_name(values, field):
    with pytest.raises(InvalidInput) as refused:
        exchanges.add_exchange(**values)

    assert refused.value.field == field
    assert not Exchange.objects.exists()


@pytest.mark.parametrize(
    ("venue", "field"),
    [
        (Venue("gate"), None),
        (Venue("gatte"), "exchange"),
        (Venue("gate", "https://gate.example"), "rest_url"),
    ],
)
def test_a_desk_without_the_library_asks_a_child(settings, monkeypatch, venue, field):
    monkeypatch.setattr(venue_check, "_LIBRARY", "not.there")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "cashup.settings.test")
    folder = str(settings.BASE_DIR)

    if field is None:
        venue_check.check(venue, language="en", folder=folder)
        return
    with pytest.raises(BadVenue) as refused:
        venue_check.check(venue, language="en", folder=folder)
    assert refused.value.field == field


def test_the_code_stays(db):
    exchange = make_exchange(HOME)

    with pytest.raises(InvalidInput, match="stays") as refused:
        exchanges.change_exchange(exchange, code="other")

    assert refused.value.field == "code"


def test_the_api_stays_once_instruments_came_from_it(room, exchange):
    from apps.markets.services.instruments import sync_instruments

    sync_instruments(exchange)

    with pytest.raises(InvalidInput, match="add another"):
        exchanges.change_exchange(exchange, ccxt_id="binance")


def test_another_place_is_no_longer_said_to_be_well(room, exchange):
    exchanges.check_exchange(exchange)

    exchanges.change_exchange(exchange, rest_url="http://127.0.0.1:9")

    seen = Exchange.objects.get()
    assert (seen.state, seen.clock_offset_ms) == ("unchecked", None)


def test_one_with_instruments_is_not_deleted():
    factories.make_instrument(exchange="binance")

    with pytest.raises(Conflict, match="Disable it"):
        exchanges.delete_exchange(Exchange.objects.get())

    Instrument.objects.all().delete()
    exchanges.delete_exchange(Exchange.objects.get())
    assert not Exchange.objects.exists()


def test_an_imported_file_makes_nobody_call_its_exchange():
    factories.make_instrument(exchange="binance")

    assert list(Exchange.objects.enabled()) == []


# The form


def fill(client, url, **values):
    given = {"name": "X", "is_enabled": "on", **values}
    given = {name: value for name, value in given.items() if value is not False}
    return client.post(url, given)


@pytest.mark.parametrize(("values", "field"), BAD)
def test_the_form_says_it_beside_the_field(client, person, values, field):
    answer = fill(client, reverse("admin:markets_exchange_add"), **values)

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Exchange.objects.exists()


def test_the_form_adds_and_changes(client, person):
    fill(client, reverse("admin:markets_exchange_add"), code="gate")
    made = Exchange.objects.get()

    change = reverse("admin:markets_exchange_change", args=[made.pk])
    answer = fill(client, change, name="Gate.io", is_enabled=False)

    assert answer.status_code == 302
    made.refresh_from_db()
    assert (made.code, made.name, made.is_enabled) == ("gate", "Gate.io", False)
    actions = AuditEntry.objects.order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["exchange.added", "exchange.changed"]


def test_the_delete_page_says_what_stands_in_the_way(client, person):
    factories.make_instrument(exchange="binance")
    url = reverse("admin:markets_exchange_delete", args=[Exchange.objects.get().pk])

    assert "its instruments and their history" in client.get(url).content.decode()
    client.post(url, {"post": "yes"})

    assert Exchange.objects.exists()


# The API


@pytest.fixture
def api(client, person, settings):
    def call(method, address, **body):
        send = getattr(client, method)
        answer = send(
            f"/api/v1/exchanges/{address}", json.dumps(body), "application/json"
        )
        content = answer.json() if answer.content else None
        return answer.status_code, content

    return call


def test_the_api_adds_changes_and_deletes(api):
    status, made = api("post", "", code="mine", ccxt_id="gate")
    assert (status, made["state"], made["name"]) == (201, "unchecked", "Mine")

    status, changed = api("patch", f"{made['id']}/", is_enabled=False)
    assert (status, changed["is_enabled"], changed["code"]) == (200, False, "mine")

    assert api("delete", f"{made['id']}/")[0] == 204
    assert not Exchange.objects.exists()


@pytest.mark.parametrize(("values", "field"), BAD)
def test_the_api_names_the_field(api, values, field):
    status, problem = api("post", "", **values)

    assert (status, problem["field"]) == (400, field)
    assert not Exchange.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"), [({"state": "ok"}, "state"), ({"colour": 1}, "colour")]
)
def test_what_services_own_cannot_be_set(api, values, field):
    exchange = make_exchange(HOME)

    status, problem = api("patch", f"{exchange.pk}/", **values)

    assert (status, problem["field"]) == (400, field)


def test_the_api_refuses_to_delete_one_with_instruments(api):
    factories.make_instrument(exchange="binance")

    status, problem = api("delete", f"{Exchange.objects.get().pk}/")

    assert status == 409
    assert "Disable it" in problem["detail"]


def test_who_may_only_look_changes_nothing(client):
    eve = get_user_model().objects.create_user("eve", password="x")
    client.force_login(eve)
    exchange = make_exchange(HOME)

    for method, address in (
        ("post", ""),
        ("patch", f"{exchange.pk}/"),
        ("delete", f"{exchange.pk}/"),
        ("post", f"{exchange.pk}/check/"),
        ("post", f"{exchange.pk}/synchronise/"),
    ):
        answer = getattr(client, method)(f"/api/v1/exchanges/{address}")
        assert answer.status_code == 403
    assert client.get(f"/api/v1/exchanges/{exchange.pk}/").status_code == 200
    eve.user_permissions.add(Permission.objects.get(codename="change_exchange"))
    answer = client.post(f"/api/v1/exchanges/{exchange.pk}/check/")
    assert answer.status_code == 202


def test_asking_twice_is_one_job(api):
    exchange = make_exchange(HOME)

    first = api("post", f"{exchange.pk}/synchronise/")
    second = api("post", f"{exchange.pk}/synchronise/")

    assert first == second
    assert first[0] == 202
    assert Job.objects.get().payload["exchange"] == "simulator"


# The command line


def command(capsys, *words) -> str:
    call_command("exchanges", *words)
    return capsys.readouterr().out


def test_the_command_line_connects_checks_and_synchronises(room, capsys):
    words = ["add", "sandbox", "--api", "gate", "--rest-url", room.url, "--simulator"]

    assert "added" in command(capsys, *words)
    assert "OK" in command(capsys, "check", "sandbox")
    assert "3 on the list, 3 new" in command(capsys, "sync", "sandbox")
    assert "disabled" not in command(capsys, "list")
    command(capsys, "change", "sandbox", "--no-enabled")

    listed = command(capsys, "list")
    assert "sandbox" in listed
    assert "disabled" in listed


def test_the_command_line_names_what_is_wrong():
    with pytest.raises(CommandError, match="ccxt_id: 'gatte' is no exchange"):
        call_command("exchanges", "add", "mine", "--api", "gatte")
    with pytest.raises(CommandError, match="there is no exchange 'gate'"):
        call_command("exchanges", "sync", "gate")


def test_several_things_wrong_are_all_said():
    with pytest.raises(InvalidFields) as refused:
        exchanges.add_exchange(code="", name="n" * 81)

    assert set(refused.value.errors) == {"code", "name"}
