"""The Exchanges and Instruments pages, and instruments over the API."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from apps.common.models import Job
from apps.markets import factories
from apps.markets.gateways.errors import OutcomeUnknown
from apps.markets.gateways.types import ClockReading
from apps.markets.models import Exchange, Instrument, InstrumentChange
from apps.markets.services import exchange_notes
from apps.markets.services.instruments import sync_instruments
from apps.markets.tests.exchange_room import make_exchange

pytestmark = pytest.mark.django_db(transaction=True)
EXCHANGES = "admin:markets_exchange_changelist"
INSTRUMENTS = "admin:markets_instrument_changelist"


@pytest.fixture
def desk(client):
    client.force_login(get_user_model().objects.create_superuser("ada"))
    return client


def page(desk, name, *arguments, **query) -> str:
    answer = desk.get(reverse(name, args=arguments), query)
    assert answer.status_code == 200
    return answer.content.decode()


def change(exchange_or_instrument) -> tuple[str, int]:
    model = exchange_or_instrument._meta.model_name
    return f"admin:markets_{model}_change", exchange_or_instrument.pk


def off_by(exchange: Exchange, offset_ms: int) -> None:
    exchange_notes.note_success(exchange.pk, ClockReading(offset_ms, 12, 0))


def test_a_list_says_which_clock_is_off_and_by_how_much(desk):
    off_by(make_exchange("http://127.0.0.1:9"), 3_600_000)

    shown = page(desk, EXCHANGES)

    assert "Simulator: Clock off." in shown
    assert "1\u00a0h ahead of ours" in shown
    assert 'data-level="crit"' in shown


def test_a_list_without_trouble_warns_of_nothing(desk):
    off_by(make_exchange("http://127.0.0.1:9"), 3)

    shown = page(desk, EXCHANGES)

    assert "Simulator: " not in shown
    assert "12\u00a0ms" in shown


def test_more_exchanges_cost_no_more_queries(desk, django_assert_num_queries):
    off_by(make_exchange(""), 3)
    page(desk, EXCHANGES)
    with CaptureQueriesContext(connection) as few:
        page(desk, EXCHANGES)
    for number in range(8):
        off_by(make_exchange("", code=f"s{number}", name=f"S{number}"), 3)

    with django_assert_num_queries(len(few)):
        page(desk, EXCHANGES)
    assert len(few) <= 9


def test_more_instruments_cost_no_more_queries(desk, django_assert_num_queries):
    factories.make_instrument("A/USDT")
    page(desk, INSTRUMENTS)
    with CaptureQueriesContext(connection) as few:
        page(desk, INSTRUMENTS)
    for number in range(8):
        factories.make_instrument(f"B{number}/USDT")

    with django_assert_num_queries(len(few)):
        page(desk, INSTRUMENTS)
    assert len(few) <= 9


def test_an_exchange_shows_clock_budget_synchronisation_and_errors(desk, exchange):
    sync_instruments(exchange)
    error = OutcomeUnknown("gate failed to answer", call="GET /spot/tickers")
    exchange_notes.note_failure(exchange.pk, error, is_lasting=False)

    shown = page(desk, *change(exchange))

    for words in (
        "Round trip",
        "Rate budget",
        "kept in file",
        "of 200 in 10\u00a0s",
        "On the list",
        "gate failed to answer",
        "GET /spot/tickers",
        "Check now",
        "Synchronise instruments",
    ):
        assert words in shown


def test_what_an_exchange_says_is_shown_as_text(desk):
    exchange = make_exchange("http://127.0.0.1:9")
    exchange_notes.note_failure(
        exchange.pk, OutcomeUnknown("<script>alert(1)</script>")
    )
    exchange.refresh_from_db()
    exchange.last_sync = {"examples": [{"field": "<b>", "rule": "x", "given": "<i>"}]}
    exchange.save()

    for shown in (page(desk, *change(exchange)), page(desk, EXCHANGES)):
        assert "<script>alert" not in shown
    assert "&lt;b&gt;" in page(desk, *change(exchange))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("check", "markets.check_exchange"), ("synchronise", "markets.sync_instruments")],
)
def test_a_button_puts_one_job_in_line_and_the_page_shows_it(desk, name, kind):
    exchange = make_exchange("http://127.0.0.1:9")
    url = reverse(f"admin:markets_exchange_{name}", args=[exchange.pk])

    assert desk.get(url).status_code == 405
    for _ in range(2):
        assert desk.post(url).status_code == 302

    job = Job.objects.get()
    assert (job.kind, job.payload["exchange_id"]) == (kind, exchange.pk)
    assert f'data-job="{job.pk}"' in page(desk, *change(exchange))


def test_the_list_asks_several_at_once(desk):
    rows = [make_exchange("", code=code, name=code) for code in ("a", "b")]
    chosen = {"_selected_action": [row.pk for row in rows]}

    desk.post(reverse(EXCHANGES), {"action": "sync_selected", **chosen})

    assert Job.objects.count() == 2


def test_who_may_look_has_no_buttons(client):
    eve = get_user_model().objects.create_user("eve", is_staff=True)
    eve.user_permissions.add(Permission.objects.get(codename="view_exchange"))
    client.force_login(eve)
    exchange = make_exchange("")

    assert "Check now" not in page(client, *change(exchange))
    url = reverse("admin:markets_exchange_check", args=[exchange.pk])
    assert client.post(url).status_code == 403
    assert not Job.objects.exists()


def test_a_synthetic_exchange_is_not_asked(desk):
    made = Exchange.objects.create(code="synthetic", name="S", is_synthetic=True)

    desk.post(reverse("admin:markets_exchange_check", args=[made.pk]))

    assert not Job.objects.exists()
    assert "Check now" not in page(desk, *change(made))


def test_instruments_are_filtered_and_searched(desk):
    factories.make_instrument("A/USDT", status="halted")
    factories.make_instrument("B/BTC", exchange_symbol="B_BTC_ODD")

    assert "B/BTC" not in page(desk, INSTRUMENTS, status__exact="halted")
    assert "A/USDT" not in page(desk, INSTRUMENTS, quote="BTC")
    assert "B/BTC" in page(desk, INSTRUMENTS, q="odd")


def test_an_instrument_shows_rules_changes_and_candles(desk):
    series = factories.make_stored()
    row = series.instrument
    Instrument.objects.filter(pk=row.pk).update(
        tick_size="0.10", taker_fee="0.00075", status="delisted"
    )
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    InstrumentChange.objects.create(
        instrument=row, field="tick_size", old="0.01", new="0.1", changed_at=at
    )

    shown = page(desk, *change(row))

    assert "(&#x27;" not in shown
    assert "Delisted: it cannot be traded any more" in shown
    assert "0.075\u00a0%" in shown
    assert "0.01" in shown
    assert "3:04" in shown.replace("03:04", "3:04")
    assert reverse("admin:markets_series_change", args=[series.pk]) in shown
    assert "0.100000" not in shown


def test_the_api_filters_instruments_and_tells_their_changes(desk):
    active = factories.make_instrument("A/USDT")
    factories.make_instrument("B/BTC", status="halted", maker_fee="-0.0001")
    InstrumentChange.objects.create(instrument=active, field="symbol", old="Z", new="A")

    def symbols(query):
        rows = desk.get(f"/api/v1/instruments/?{query}").json()["results"]
        return [row["symbol"] for row in rows]

    assert symbols("is_active=true") == symbols("quote=USDT") == ["A/USDT"]
    assert symbols("is_active=false") == symbols("status=halted") == ["B/BTC"]
    assert symbols("search=b_") == []
    assert symbols("search=b/") == ["B/BTC"]
    assert desk.get("/api/v1/instruments/?status=gone").status_code == 400
    (changed,) = desk.get(f"/api/v1/instruments/{active.pk}/changes/").json()
    assert (changed["field"], changed["old"], changed["new"]) == ("symbol", "Z", "A")


def test_sentences_are_ready_for_other_languages(desk):
    off_by(make_exchange("http://127.0.0.1:9"), -5_000)

    with translation.override("zh-hans"):
        assert desk.get(reverse(EXCHANGES)).status_code == 200
