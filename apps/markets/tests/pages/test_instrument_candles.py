"""Pages of candles for the live chart, also of timeframes that are not stored."""

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.markets.candles import store
from apps.markets.factories import (
    JANUARY_2024_MS,
    make_bars,
    make_instrument,
    make_series,
)
from apps.markets.pages.instrument_candles import candle_page

pytestmark = pytest.mark.django_db
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
FAR_MS = JANUARY_2024_MS + 10_000 * HOUR_MS


def stored(count: int, timeframe: str, start_ms: int = JANUARY_2024_MS):
    series = make_series(timeframe=timeframe)
    bars = make_bars(count, start_ms=start_ms, timeframe=timeframe)
    store.write_bars(series, bars)
    return series.instrument, bars


def test_pages_lead_back_to_the_first_candle_without_a_hole():
    instrument, bars = stored(25, "1m")

    before_ms, seen = FAR_MS, []
    has_older = True
    while has_older:
        rows, has_older = candle_page(instrument, "1m", before_ms, 10)
        seen = [*rows, *seen]
        before_ms = int(rows[0][0])

    assert [row[0] for row in seen] == bars.time_ms.tolist()
    assert seen[3][1:] == [
        bars.open[3],
        bars.high[3],
        bars.low[3],
        bars.close[3],
        bars.volume[3],
    ]


def test_a_timeframe_that_is_not_stored_is_made_of_minutes():
    instrument, bars = stored(12, "1m")

    rows, has_older = candle_page(instrument, "5m", FAR_MS, 10)

    assert [row[0] - JANUARY_2024_MS for row in rows] == [
        0,
        5 * MINUTE_MS,
        10 * MINUTE_MS,
    ]
    assert rows[0][1] == bars.open[0]
    assert rows[0][2] == bars.high[:5].max()
    assert rows[1][4] == bars.close[9]
    assert not has_older


def test_minutes_go_on_where_the_stored_hours_end():
    instrument, hours = stored(3, "1h")
    _same, minutes = stored(150, "1m", JANUARY_2024_MS + 2 * HOUR_MS)

    rows, _more = candle_page(instrument, "1h", FAR_MS, 10)

    assert [(row[0] - JANUARY_2024_MS) // HOUR_MS for row in rows] == [0, 1, 2, 3, 4]
    assert rows[2][4] == hours.close[2]
    assert rows[3][1] == minutes.open[60]
    assert rows[4][4] == minutes.close[149]


def test_nothing_stored_is_an_empty_page():
    assert candle_page(make_instrument(), "1m", FAR_MS, 10) == ([], False)


def test_the_address_bounds_what_it_is_asked(client):
    instrument, _bars = stored(30, "1m")
    client.force_login(User.objects.create_superuser("chief"))
    path = reverse("admin:instrument_candles", args=[instrument.pk])

    odd = client.get(path, {"timeframe": "1m", "limit": "-3", "before_ms": "x"})
    few = client.get(path, {"timeframe": "1m", "limit": "2"}).json()

    assert odd.status_code == 200
    assert (len(few["candles"]), few["has_older"]) == (2, True)
    assert client.get(path, {"timeframe": "7m"}).status_code == 404
    assert client.get(path.replace(str(instrument.pk), "999")).status_code == 404
