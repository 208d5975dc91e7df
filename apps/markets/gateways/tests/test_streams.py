"""Streams against the simulator: what is told, what is refused, what is lost."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from apps.markets.gateways.errors import BadVenue, Refused
from apps.markets.gateways.streams import BookUpdate, Channel, ChannelKind
from apps.markets.gateways.streams_opening import open_stream
from apps.markets.gateways.types import Candle, PublicTrade, Ticker
from apps.markets.gateways.venues import Venue
from apps.markets.simulator.faults import Fault
from apps.markets.simulator.web.launch import Plan, running

KINDS = list(ChannelKind)
EXPECTED = {
    ChannelKind.TICKER: Ticker,
    ChannelKind.TRADES: tuple,
    ChannelKind.CANDLE: Candle,
    ChannelKind.BOOK: BookUpdate,
}


class Ear:
    """A listener that keeps everything."""

    def __init__(self):
        self.news, self.refusals, self.losses = [], [], []

    def told(self, channel, news, sent_ms):
        self.news.append((channel, news, sent_ms))

    def refused(self, channel, rule, given):
        self.refusals.append((channel, rule, given))

    def lost(self, channels, why):
        self.losses.append((set(channels), why))

    def of(self, channel):
        return [news for about, news, _ in self.news if about == channel]


def channel(kind, market="BTC_USDT"):
    timeframe = "1m" if kind is ChannelKind.CANDLE else ""
    return Channel(kind, market.replace("_", "/"), timeframe, market)


@asynccontextmanager
async def listening():
    async with running(Plan(token="t", has_limits=False)) as simulator:
        venue = Venue("gate", rest_url=simulator.rest_url, is_simulator=True)
        ear = Ear()
        async with open_stream(venue, ear) as stream:
            yield simulator, stream, ear


async def until(condition):
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("reading", ["own", "watched"])
@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_told_in_exact_numbers(kind, reading):
    """By our reading of Gate.io, and by ccxt's, which every other exchange has."""
    async with listening() as (_, stream, ear):
        wanted = channel(kind)
        await getattr(stream, f"_{reading}").subscribe(wanted)
        await until(lambda: ear.of(wanted))

    news = ear.of(wanted)[0]
    assert isinstance(news, EXPECTED[kind])
    assert ear.refusals == []
    assert exact(news)


def exact(news):
    if isinstance(news, tuple):
        return all(isinstance(one, PublicTrade) and exact(one.price) for one in news)
    if isinstance(news, BookUpdate):
        return exact(news.bids[0][0]) and news.is_full
    if isinstance(news, Ticker):
        return exact(news.last)
    if isinstance(news, Candle):
        return exact(news.close) and exact(news.volume)
    return isinstance(news, Decimal) and len(str(news)) < 14


async def test_candles_volume_is_in_base_and_its_end_is_told():
    async with listening() as (simulator, stream, ear):
        candle = channel(ChannelKind.CANDLE)
        await stream.subscribe(candle)
        hub = simulator.app.sockets.hub
        row = {"t": "60", "v": "2000", "c": "11", "h": "12", "l": "9", "o": "10"}
        row |= {"n": "1m_BTC_USDT", "a": "0.5", "w": True}
        hub.publish([("spot.candlesticks", "BTC_USDT", "1m")], row, pair="BTC_USDT")
        await until(lambda: [c for c in ear.of(candle) if c.time_ms == 60_000])

    told = next(c for c in ear.of(candle) if c.time_ms == 60_000)
    assert (told.volume, told.quote_volume, told.is_closed) == (
        Decimal("0.5"),
        Decimal(2000),
        True,
    )


@pytest.mark.parametrize(
    ("last", "rule"),
    [
        ("NaN", "not finite"),
        ("-1", "not above zero"),
        ("0", "not above zero"),
        ("1e400", "a number beyond reason"),
        (None, "missing"),
        ({}, "not a number"),
    ],
)
async def test_bad_values_are_refused_and_the_rest_goes_on(last, rule):
    async with listening() as (simulator, stream, ear):
        ticker = channel(ChannelKind.TICKER)
        await stream.subscribe(ticker)
        push(simulator, {"currency_pair": "BTC_USDT", "last": last})
        push(simulator, {"currency_pair": "BTC_USDT", "last": "7.5"})
        await until(lambda: any(t.last == Decimal("7.5") for t in ear.of(ticker)))

    assert (ticker, rule) in [(about, why) for about, why, _ in ear.refusals]


async def test_number_without_quotes_is_read_digit_by_digit():
    async with listening() as (simulator, stream, ear):
        ticker = channel(ChannelKind.TICKER)
        await stream.subscribe(ticker)
        text = (
            '{"time":1,"time_ms":1000,"channel":"spot.tickers","event":"update",'
            '"result":{"currency_pair":"BTC_USDT","last":0.30000000000000000001}}'
        )
        for session in simulator.app.sockets.hub.sessions:
            session.push(text)
        await until(lambda: len(ear.of(ticker)) and ear.of(ticker)[-1].last < 1)

    assert ear.of(ticker)[-1].last == Decimal("0.30000000000000000001")


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '"x"', "[[[[", '{"event":1}', '{"event":"update"}']
)
async def test_nonsense_is_counted_and_the_reading_goes_on(text):
    async with listening() as (simulator, stream, ear):
        ticker = channel(ChannelKind.TICKER)
        await stream.subscribe(ticker)
        for session in simulator.app.sockets.hub.sessions:
            session.push(text)
        heard = len(ear.of(ticker))
        await until(lambda: len(ear.of(ticker)) > heard)

    assert ear.losses == []


async def test_unknown_market_is_refused_by_the_exchange():
    async with listening() as (_, stream, _ear):
        with pytest.raises(Refused, match="unknown currency pair"):
            await stream.subscribe(channel(ChannelKind.TICKER, "NO_USDT"))


async def test_closed_connection_is_told_for_all_its_channels():
    async with listening() as (simulator, stream, ear):
        both = [channel(ChannelKind.TICKER), channel(ChannelKind.BOOK)]
        for one in both:
            await stream.subscribe(one)
        simulator.app.sockets.hub.close_all()
        await until(lambda: ear.losses)
        for one in both:
            await stream.subscribe(one)
        heard = len(ear.news)
        await until(lambda: len(ear.news) > heard)

    assert [channels for channels, _ in ear.losses] == [set(both)]


async def test_silent_connection_is_given_up_even_when_its_market_is_quiet():
    async with listening() as (simulator, stream, ear):
        await stream.subscribe(channel(ChannelKind.TICKER))
        simulator.exchange.faults.add(Fault("ws_stall", times=1))
        await until(lambda: ear.losses)

    assert "silent" in ear.losses[0][1]


async def test_book_can_be_asked_for_anew():
    """A second subscription is refused while the first one stands."""
    async with listening() as (_, stream, ear):
        book = channel(ChannelKind.BOOK)
        await stream.subscribe(book)
        await stream.subscribe(book)
        await until(lambda: sum(news.is_full for news in ear.of(book)) == 2)


async def test_unsubscribed_channel_is_told_no_more():
    async with listening() as (_, stream, ear):
        trades = channel(ChannelKind.TRADES)
        await stream.subscribe(trades)
        await until(lambda: ear.of(trades))
        await stream.unsubscribe(trades)
        heard = len(ear.of(trades))
        await asyncio.sleep(1.5)

    assert len(ear.of(trades)) == heard


async def test_error_of_the_listener_does_not_end_the_reading():
    class Clumsy(Ear):
        def told(self, channel, news, sent_ms):
            super().told(channel, news, sent_ms)
            raise RuntimeError("a mistake of ours")

    async with running(Plan(token="t")) as simulator:
        venue = Venue("gate", rest_url=simulator.rest_url, is_simulator=True)
        ear = Clumsy()
        async with open_stream(venue, ear) as stream:
            await stream.subscribe(channel(ChannelKind.BOOK))
            await until(lambda: len(ear.news) >= 3)


async def test_stream_goes_to_the_exchanges_own_hosts_only():
    venue = Venue("gate", ws_url="wss://evil.example/ws/v4/")
    with pytest.raises(BadVenue):
        async with open_stream(venue, Ear()):
            raise AssertionError("opened")


def push(simulator, row):
    topic = ("spot.tickers", row["currency_pair"])
    simulator.app.sockets.hub.publish([topic], row, pair=row["currency_pair"])
