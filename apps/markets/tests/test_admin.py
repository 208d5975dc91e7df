"""The Data page and its import form."""

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.markets.candles import store
from apps.markets.candles.files import write_parquet
from apps.markets.factories import make_bars, make_instrument, make_stored
from apps.markets.models import Series

pytestmark = pytest.mark.django_db
NAME = "BINANCE_BTC-USDT_1h.parquet"
LIST = "admin:markets_series_changelist"
IMPORT = "admin:markets_series_import_file"


@pytest.fixture
def desk(client):
    client.force_login(get_user_model().objects.create_superuser("ada"))
    return client


@pytest.fixture
def content(tmp_path) -> bytes:
    write_parquet(make_bars(300), tmp_path / NAME)
    return (tmp_path / NAME).read_bytes()


def upload(desk, content, name=NAME, **fields):
    file = SimpleUploadedFile(name, content)
    return desk.post(reverse(IMPORT), {"file": file, **fields})


def test_the_data_page_shows_each_series(desk):
    make_stored(make_bars(100, missing=(5, 6)))

    page = desk.get(reverse(LIST)).content.decode()

    assert "BTC/USDT" in page
    assert "98" in page
    assert "2024-01-01 00:00 UTC" in page
    assert reverse(IMPORT) in page


@pytest.mark.parametrize(
    "url",
    [LIST, "admin:markets_instrument_changelist", "admin:markets_exchange_changelist"],
)
def test_more_rows_cost_no_more_queries(desk, url, django_assert_num_queries):
    make_stored(make_bars(5))
    with CaptureQueriesContext(connection) as few:
        desk.get(reverse(url))
    for number in range(8):
        make_stored(make_bars(5), symbol=f"X{number}/USDT", exchange=f"venue{number}")

    with django_assert_num_queries(len(few)):
        desk.get(reverse(url))
    assert len(few) <= 9


def test_a_series_loads_only_the_months_that_have_holes(
    desk, django_assert_max_num_queries, monkeypatch
):
    series = make_stored(make_bars(24 * 70, missing=(30,)))
    loaded = []
    load = store.times_in
    monkeypatch.setattr(
        store, "times_in", lambda of, months: loaded.extend(months) or load(of, months)
    )

    with django_assert_max_num_queries(14):
        page = desk.get(reverse("admin:markets_series_change", args=[series.pk]))

    text = page.content.decode()
    assert "2024-01: 743 of 744 candles" in text
    assert 'data-state="part"' in text
    assert 'data-state="full"' in text
    assert "&#x27;market&#x27;" not in text
    assert loaded == [202401]


def test_a_missing_series_is_not_a_server_error(desk):
    page = desk.get(reverse("admin:markets_series_change", args=[999]))

    assert page.status_code in {302, 404}


def test_an_uploaded_file_becomes_a_series(desk, content):
    answer = upload(desk, content)

    series = Series.objects.get()
    assert answer.status_code == 302
    assert len(store.read_bars(series)) == 300
    page = desk.get(answer.url).content.decode()
    assert "Imported 300 candles" in page


def test_an_uploaded_csv_takes_its_market_from_the_form(desk):
    lines = ["time,open,high,low,close,volume"]
    lines += [f"{1704067200 + 60 * i},1,2,1,2,5" for i in range(9)]

    upload(
        desk,
        "\n".join(lines).encode(),
        "mine.csv",
        exchange="kraken",
        symbol="ETH/EUR",
        timeframe="1m",
    )

    assert Series.objects.get().label == "kraken ETH/EUR 1m"


@pytest.mark.parametrize(
    ("name", "fields", "part"),
    [
        ("prices.parquet", {}, "Say the exchange"),
        (NAME, {"symbol": "BTCUSDT"}, "no symbol such as"),
        (NAME, {"timeframe": "5m"}, "apart, not 5m"),
        (NAME, {"timeframe": "7h"}, "Select a valid choice"),
        ("x.txt", {}, "neither a .parquet nor a .csv"),
        (NAME.replace("parquet", "csv"), {}, "cannot be read as CSV"),
    ],
)
def test_a_bad_upload_is_explained_beside_its_field(desk, content, name, fields, part):
    answer = upload(desk, content, name, **fields)

    assert answer.status_code == 200
    assert part in answer.content.decode()
    assert not Series.objects.exists()


def test_an_empty_form_asks_for_the_file(desk):
    answer = desk.post(reverse(IMPORT), {})

    assert answer.context["form"].errors["file"] == ["This field is required."]


def test_a_large_file_is_refused_with_the_limit(desk, content, monkeypatch):
    monkeypatch.setattr("apps.markets.admin.forms.LIMIT_MB", 0)

    assert "at most 0 MB" in upload(desk, content).content.decode()


def test_an_upload_waits_for_a_running_import(desk, content):
    with store.writing("binance", "BTC/USDT", "1h"):
        answer = upload(desk, content)

    assert "another import of BTC/USDT 1h is running" in answer.content.decode()


def test_only_those_with_the_right_may_import(client, content):
    person = get_user_model().objects.create_user("bob", is_staff=True)
    client.force_login(person)

    assert client.get(reverse(IMPORT)).status_code == 403
    assert upload(client, content).status_code == 403


def test_nothing_is_edited_by_hand(desk):
    make_instrument()

    assert desk.get(reverse("admin:markets_series_add")).status_code == 403
    assert desk.get(reverse("admin:markets_instrument_add")).status_code == 403
