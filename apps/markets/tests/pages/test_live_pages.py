"""Markets, Instrument and Feeds as they answer before any socket is open."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from apps.accounts.models import User
from apps.common import clock
from apps.common.models import AuditEntry
from apps.common.tests.people import make_user
from apps.markets.candles import store
from apps.markets.factories import make_bars, make_instrument, make_series
from apps.markets.models import (
    FeedChannel,
    FeedDemand,
    FeedProcess,
    FeedState,
    WatchListEntry,
)
from apps.markets.services.feeds.quotes import remember
from apps.markets.services.watch_lists import Wanted, create_watch_list

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("cache")]
NOON_MS = 1_750_000_000_000


@pytest.fixture
def chief(client):
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.fixture(autouse=True)
def no_quotes():
    cache.clear()


def make_listed(*symbols: str, name: str = "Mine"):
    found = [make_instrument(symbol, tick_size="0.1") for symbol in symbols]
    wanted = Wanted(
        name=name, exchange=found[0].exchange, selection="hand", chosen=symbols
    )
    create_watch_list(wanted)
    return found


def tell_ticker(instrument, **changes) -> None:
    ticker = {"last": "100.5", "bid": "100", "ask": "101", "change_pct": "-2.5"}
    remember(f"ticker:{instrument.pk}", {**ticker, "quote_volume": "5", **changes})


def make_channel(instrument, **changes) -> FeedChannel:
    process, _made = FeedProcess.objects.get_or_create(name="p", version="1")
    values = {"kind": "ticker", "process": process, "state": FeedState.LIVE}
    seen = clock.from_ms(NOON_MS)
    values |= {"last_message_at": seen, **changes}
    return FeedChannel.objects.create(instrument=instrument, **values)


def text_of(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_row_shows_the_last_known_quote(chief):
    [one] = make_listed("BTC/USDT")
    make_channel(one)
    tell_ticker(one)

    text = text_of(chief.get(reverse("admin:markets")))

    assert "100.5" in text
    assert "−2.50 %" in text
    assert "99.50" in text  # (101 - 100) / 100.5 in bps
    assert "Live" in text


def test_a_silent_channel_says_since_when(chief):
    [one] = make_listed("BTC/USDT")
    make_channel(one, state=FeedState.STALLED)
    tell_ticker(one)

    for page in (
        reverse("admin:markets"),
        reverse("admin:instrument_live", args=[one.pk]),
    ):
        text = text_of(chief.get(page))

        assert "Stale since 15:06:40" in text
        assert "data-stale" in text


def test_each_part_of_the_page_says_how_old_it_is_itself(chief):
    [one] = make_listed("BTC/USDT")
    make_channel(one, kind="book", state=FeedState.POLLING)
    make_channel(one, kind="trades")

    page = reverse("admin:instrument_live", args=[one.pk])
    text = text_of(chief.get(page))

    ladder = text.split("data-ladder")[1].split("<table")[0]
    tape = text.split("data-tape")[1].split("<table")[0]
    assert "data-stale" in ladder
    assert "Stale since 15:06:40" in ladder
    assert "Live" in tape
    assert "data-stale" not in tape


def test_nobody_knows_what_nobody_told(chief):
    [one] = make_listed("BTC/USDT")

    text = text_of(chief.get(reverse("admin:instrument_live", args=[one.pk])))

    assert "Connecting" in text
    assert "Not known yet" in text
    assert "0.00" not in text


def test_rows_sort_by_what_the_address_says_and_unknown_ones_are_last(chief):
    one, two, three = make_listed("A/USDT", "B/USDT", "C/USDT")
    tell_ticker(one, change_pct="1")
    tell_ticker(two, change_pct="5")

    answer = chief.get(reverse("admin:markets"), {"o": "-change"})

    assert [q.instrument for q in answer.context["quotes"]] == [two, one, three]


def test_the_filter_finds_by_symbol_and_offers_a_way_back(chief):
    make_listed("BTC/USDT", "ETH/USDT")
    page = reverse("admin:markets")

    assert "ETH/USDT" not in text_of(chief.get(page, {"q": "btc"})).split("<table")[1]
    assert "Clear the filter" in text_of(chief.get(page, {"q": "zzz"}))


def test_a_star_is_kept_for_the_person_and_taken_away_again(chief):
    one, two = make_listed("BTC/USDT", "ETH/USDT")
    star = reverse("admin:market_star", args=[one.pk])
    page = reverse("admin:markets")

    chief.post(star)
    chief.post(reverse("admin:market_star", args=[two.pk]))
    starred = chief.get(page).context["quotes"]
    chief.post(star)
    left = chief.get(page, {"list": "favourites"}).context["quotes"]
    other = User.objects.create_superuser("other")
    chief.force_login(other)
    theirs = chief.get(page, {"list": "favourites"}).context["quotes"]

    assert [q.instrument for q in starred] == [one, two]
    assert [q.instrument for q in left] == [two]
    assert theirs == []


def test_a_star_leads_back_to_where_one_was_and_nowhere_else(chief):
    [one] = make_listed("BTC/USDT")
    star = reverse("admin:market_star", args=[one.pk])

    assert chief.post(star, {"next": "/admin/live/1/"}).url == "/admin/live/1/"
    assert chief.post(star, {"next": "https://evil.example/"}).url == "/admin/live/"
    assert chief.get(star).status_code == 405


def test_the_pages_stay_within_their_queries(chief, django_assert_max_num_queries):
    many = make_listed(*(f"A{n}/USDT" for n in range(30)))
    for one in many:
        make_channel(one)
    paths = ["markets", "feeds"]
    for path in [*map(reverse, (f"admin:{p}" for p in paths))]:
        chief.get(path)
        with django_assert_max_num_queries(12):
            chief.get(path)
    page = reverse("admin:instrument_live", args=[many[0].pk])
    with django_assert_max_num_queries(15):
        chief.get(page)


def test_looking_at_an_instrument_asks_for_its_channels(chief):
    [one] = make_listed("BTC/USDT")

    chief.get(reverse("admin:instrument_live", args=[one.pk]), {"timeframe": "5m"})

    asked = FeedDemand.objects.values_list("kind", "timeframe")
    assert set(asked) == {
        ("ticker", ""),
        ("book", ""),
        ("trades", ""),
        ("candle", "5m"),
    }


def test_sparks_are_the_closes_of_a_day(chief):
    [one] = make_listed("BTC/USDT")
    start_ms = clock.now_ms() // 3_600_000 * 3_600_000 - 47 * 3_600_000
    store.write_bars(make_series("BTC/USDT"), make_bars(48, start_ms=start_ms))

    found = chief.get(reverse("admin:market_sparks"), {"ids": f"{one.pk},x,99"}).json()

    assert list(found) == [str(one.pk)]
    assert len(found[str(one.pk)]) == 24


def test_restarting_a_channel_is_asked_for_and_written_down(chief):
    channel = make_channel(make_instrument())

    answer = chief.post(reverse("admin:feed_restart", args=[channel.pk]), follow=True)

    channel.refresh_from_db()
    assert channel.restart_asked_at is not None
    assert "begins anew" in text_of(answer)
    assert AuditEntry.objects.filter(action="feed.restarted").exists()


def test_the_worst_channel_stands_first_and_is_counted(chief):
    make_channel(make_instrument("A/USDT"))
    make_channel(make_instrument("B/USDT"), state=FeedState.STALLED)

    answer = chief.get(reverse("admin:feeds"))

    states = [row["state"] for row in answer.context["page"]]
    assert states == [FeedState.STALLED, FeedState.LIVE]
    assert "1 of 2 channels needs a look" in text_of(answer)


def test_a_dead_process_and_what_it_carried_are_not_called_live(chief):
    channel = make_channel(make_instrument())
    FeedProcess.objects.update(seen_at=clock.from_ms(NOON_MS))

    text = text_of(chief.get(reverse("admin:feeds")))

    assert "Silent since 15:06:40" in text
    assert "Stale since 15:06:40" in text
    assert channel.state == FeedState.LIVE


def test_htmx_gets_the_changing_part_only(chief):
    text = text_of(chief.get(reverse("admin:feeds"), headers={"HX-Request": "true"}))

    assert "<html" not in text
    assert "No feed runs" in text


PATHS = ["markets", "market_sparks", "feeds"]
OF_ONE = ["instrument_live", "instrument_candles"]


def test_without_the_right_there_is_nothing_to_see(client):
    one = make_instrument()
    client.force_login(make_user(is_staff=True))

    for path in PATHS:
        assert client.get(reverse(f"admin:{path}")).status_code == 403
    for path in OF_ONE:
        assert client.get(reverse(f"admin:{path}", args=[one.pk])).status_code == 403
    for path in ("market_star", "feed_restart"):
        assert client.post(reverse(f"admin:{path}", args=[one.pk])).status_code == 403
    assert not WatchListEntry.objects.exists()
