"""Asking for history at the API, on the pages and from the command line."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.common import clock, jobs
from apps.common.jobs.runner import run
from apps.markets.candles import store
from apps.markets.candles.merge import Mode
from apps.markets.factories import make_bars, make_instrument, make_stored
from apps.markets.models import Download, ExchangeGap, GapReason, TopUp
from apps.markets.services.history import DownloadRequest, request_download
from apps.markets.simulator.web.launch import Plan
from apps.markets.tests.history.stage import series_of, simulated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person():
    return User.objects.create_superuser("ada", password="x")


@pytest.fixture
def desk(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def instrument():
    found = make_instrument(exchange="gate")
    found.exchange.is_enabled = True
    found.exchange.save()
    return found


def body(**changes):
    start = clock.now() - timedelta(days=3)
    return {
        "exchange": "gate",
        "symbols": ["BTC/USDT"],
        "timeframes": ["1h"],
        "start_at": start.isoformat().replace("+00:00", "Z"),
        **changes,
    }


def post(client, given):
    return client.post("/api/v1/downloads/", given, content_type="application/json")


def test_the_api_takes_shows_and_cancels_a_download(desk, person, instrument):
    answer = post(desk, body())

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["items"][0]["symbol"] == "BTC/USDT"
    assert made["job"]["status"] == "queued"
    listed = desk.get("/api/v1/downloads/").json()["results"]
    assert [row["id"] for row in listed] == [made["id"]]
    cancelled = desk.post(f"/api/v1/downloads/{made['id']}/cancel/")
    assert cancelled.json()["job"]["status"] == "cancelled"
    assert Download.objects.get().owner == person


@pytest.mark.parametrize(
    ("changes", "status", "named"),
    [
        ({"symbols": ["NO/SUCH"]}, 404, "NO/SUCH"),
        ({"timeframes": ["7m"]}, 400, "timeframes"),
        ({"symbols": []}, 400, "instruments"),
        ({"exchange": "nowhere"}, 400, "exchange"),
        ({"watch_list": 99}, 404, ""),
        ({"speed": 3}, 400, "speed"),
    ],
)
def test_the_api_says_what_is_wrong_and_stores_nothing(
    desk, instrument, changes, status, named
):
    answer = post(desk, body(**changes))

    assert answer.status_code == status, answer.content
    assert named in answer.content.decode()
    assert not Download.objects.exists()


def test_somebody_elses_download_is_not_there(desk, instrument):
    other = User.objects.create_user("bob", password="x")
    mine = request_download(
        DownloadRequest(
            exchange=instrument.exchange,
            instruments=[instrument],
            timeframes=["1h"],
            start_at=clock.now() - timedelta(days=1),
        ),
        owner=User.objects.get(username="ada"),
    )
    client = Client()
    client.force_login(other)

    answer = client.get(f"/api/v1/downloads/{mine.pk}/")

    assert answer.status_code in (403, 404)


def test_the_form_makes_a_download_and_a_standing_order(desk, instrument):
    answer = desk.post(
        reverse("admin:markets_download_add"),
        {
            "exchange": instrument.exchange_id,
            "symbols": "btc/usdt",
            "timeframes": ["1h", "1m"],
            "start_at": "2026-01-01T00:00",
            "keep": "on",
        },
    )

    download = Download.objects.get()
    url = reverse("admin:markets_download_change", args=[download.pk])
    assert answer.headers["Location"] == url
    assert download.timeframes == ["1h", "1m"]
    assert TopUp.objects.filter(instrument=instrument).count() == 2
    shown = desk.get(url).content.decode()
    assert "BTC/USDT" in shown
    assert "Cancel" in shown


def test_the_form_keeps_what_was_typed_and_blames_the_field(desk, instrument):
    answer = desk.post(
        reverse("admin:markets_download_add"),
        {
            "exchange": instrument.exchange_id,
            "symbols": "NO/SUCH",
            "timeframes": ["1h"],
            "start_at": "2026-01-01T00:00",
        },
    )

    text = answer.content.decode()
    assert "has no NO/SUCH" in text
    assert 'value="NO/SUCH"' in text
    assert not Download.objects.exists()


def test_the_button_cancels_a_download(desk, person, instrument):
    post(desk, body())
    download = Download.objects.get()

    desk.post(reverse("admin:download_cancel", args=[download.pk]))

    download.job.refresh_from_db()
    assert download.job.status == "cancelled"


def test_the_data_page_shows_downloads_gaps_and_disk(desk, instrument):
    post(desk, body())

    text = desk.get(reverse("admin:markets_series_changelist")).content.decode()

    assert "BTC/USDT · 1h" in text
    assert "Candles on disk" in text
    assert reverse("admin:markets_download_add") in text or "download" in text


def test_a_series_shows_the_exchanges_gaps_apart_from_ours(desk, instrument):
    bars = make_bars(400, missing=(100, 101, 200))
    series = make_stored(bars, exchange="gate")
    whole = make_bars(400)
    ExchangeGap.objects.create(
        series=series,
        from_ms=int(whole.time_ms[100]),
        to_ms=int(whole.time_ms[102]),
        reason=GapReason.EMPTY,
    )
    url = reverse("admin:markets_series_change", args=[series.pk])

    text = desk.get(f"{url}?month=2024-01").content.decode()

    assert "Exchange's" in text
    assert "Ours" in text
    assert "2024-01 by day" in text
    assert 'data-state="exchange"' in text
    assert 'data-state="part"' in text


def test_ask_again_forgets_the_gap_and_asks(desk, instrument):
    series = make_stored(make_bars(400, missing=(100,)), exchange="gate")
    start = int(make_bars(400).time_ms[100])
    gap = ExchangeGap.objects.create(
        series=series, from_ms=start, to_ms=start + 3_600_000, reason=GapReason.EMPTY
    )

    desk.post(reverse("admin:gap_ask_again", args=[gap.pk]))

    assert not ExchangeGap.objects.exists()
    item = Download.objects.get().items.get()
    assert (item.start_ms, item.end_ms) == (start, start + 3_600_000)


def test_the_command_downloads_and_tells_of_each_series():
    out = StringIO()
    start = f"{clock.now() - timedelta(days=2):%Y-%m-%d}"
    with simulated(Plan(seed=42)) as stage:
        call_command(
            "candles",
            "download",
            "sim",
            "BTC/USDT",
            "ETH/USDT",
            "--timeframe",
            "1h",
            "--from",
            start,
            stdout=out,
        )

        assert series_of(stage, "BTC/USDT", "1h").missing_count == 0
    assert "BTC/USDT 1h: done" in out.getvalue()
    assert "ETH/USDT 1h: done" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere", "BTC/USDT", "--timeframe", "1h"), "no exchange nowhere"),
        (("gate", "NO/SUCH", "--timeframe", "1h"), "NO/SUCH"),
        (("gate", "BTC/USDT", "--timeframe", "7m"), "7m|1m"),
    ],
)
def test_the_command_says_what_is_wrong(instrument, arguments, words):
    with pytest.raises(CommandError) as refused:
        call_command("candles", "download", *arguments, "--from", "2026-01-01")

    assert any(word in str(refused.value) for word in words.split("|"))


def test_the_command_tops_up_what_was_asked_for():
    out = StringIO()
    with simulated(Plan(seed=42)) as stage:
        call_command(
            "candles", "top-up", "sim", "BTC/USDT", "--timeframe", "1h", stdout=out
        )
        call_command("candles", "top-up", stdout=out)
        series = series_of(stage, "BTC/USDT", "1h")
        first = series.bar_count
        bars = store.read_bars(series)
        store.write_bars(series, bars.between(0, first - 5), Mode.REPLACE)

        call_command("candles", "top-up", stdout=out)

        series.refresh_from_db()
        assert series.bar_count >= first
        assert first in (719, 720)
    assert "kept up to date" in out.getvalue()


def test_a_cancelled_job_is_not_run(desk, instrument):
    post(desk, body())
    download = Download.objects.get()
    jobs.request_cancel(download.job)

    run(download.job_id)

    download.job.refresh_from_db()
    assert download.job.status == "cancelled"
