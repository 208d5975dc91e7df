"""Market data over HTTP."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import include, path

from apps.markets.candles import store
from apps.markets.factories import make_bars, make_instrument, make_stored

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
urlpatterns = [path("api/v1/", include("apps.markets.api.urls"))]
BASE = "/api/v1/"


@pytest.fixture
def api(client):
    client.force_login(get_user_model().objects.create_user("bob"))
    return client


def get(api, address):
    answer = api.get(BASE + address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(api, address, status=400):
    answer = api.get(BASE + address)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_strangers_see_nothing(client):
    for address in ("exchanges/", "instruments/", "series/", "series/1/candles/"):
        assert client.get(BASE + address).status_code in {401, 403}


def test_instruments_carry_their_rules_as_strings(api):
    make_instrument(tick_size="0.10")

    (found,) = get(api, "instruments/?exchange__code=binance")["results"]

    assert found["symbol"] == "BTC/USDT"
    assert found["exchange"] == "binance"
    assert found["tick_size"] == "0.1"
    assert found["lot_size"] is None


def test_series_are_filtered_by_instrument_and_timeframe(api):
    series = make_stored()
    make_stored(make_bars(5, timeframe="5m"))

    found = get(api, f"series/?instrument={series.instrument_id}&timeframe=1h")

    assert [one["id"] for one in found["results"]] == [series.pk]
    assert found["results"][0]["first_at"] == "2024-01-01T00:00:00Z"
    assert found["results"][0]["bar_count"] == 100


def test_exchanges_are_listed(api):
    make_instrument()

    assert get(api, "exchanges/")["results"][0]["code"] == "binance"


def test_an_unknown_filter_is_refused_by_name(api):
    assert refused(api, "series/?colour=red")["field"] == "colour"


def test_candles_come_as_exact_strings_in_pages(api):
    series = make_stored(bars := make_bars(10, missing=(4,)))

    times, closes, address = [], [], f"series/{series.pk}/candles/?limit=4"
    while address:
        page = get(api, address)
        times += [candle["time"] for candle in page["candles"]]
        closes += [float(candle["close"]) for candle in page["candles"]]
        address = page["next"] and page["next"].split(BASE)[1]

    assert closes == bars.close.tolist()
    assert times[0] == "2024-01-01T00:00:00Z"
    assert "2024-01-01T04:00:00Z" not in times
    assert isinstance(page["candles"][0]["volume"], str)


def test_a_period_has_its_start_and_not_its_end(api):
    series = make_stored()
    period = "start=2024-01-01T02:00:00Z&end=2024-01-01T05:00:00Z"

    page = get(api, f"series/{series.pk}/candles/?{period}")

    assert [candle["time"][11:13] for candle in page["candles"]] == ["02", "03", "04"]
    assert page["next"] is None


def test_tiny_prices_have_no_exponent(api):
    series = make_stored()
    bars = make_bars(100)
    bars.volume[:] = 1e-7
    store.write_bars(series, bars)

    page = get(api, f"series/{series.pk}/candles/?limit=1")

    assert page["candles"][0]["volume"] == "0.0000001"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=5001", "limit"),
        ("limit=x", "limit"),
        ("start=yesterday", "start"),
        ("start=2024-01-02T00:00:00Z&end=2024-01-01T00:00:00Z", "end"),
        ("from=2024-01-02", "from"),
    ],
)
def test_a_bad_period_is_refused_by_name(api, query, field):
    series = make_stored()

    assert refused(api, f"series/{series.pk}/candles/?{query}")["field"] == field


@pytest.mark.parametrize("address", ["series/999/candles/", "series/abc/candles/"])
def test_an_unknown_series_is_not_found(api, address):
    refused(api, address, status=404)
