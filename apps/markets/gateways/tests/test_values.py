"""Bad values are left out one by one, and counted where the caller can see it."""

from decimal import Decimal

import pytest

from apps.common.errors import InvalidInput
from apps.markets.gateways.errors import MalformedAnswer
from apps.markets.gateways.tests.network import (
    Network,
    contract,
    gate,
    gate_answers,
    pair,
)
from apps.markets.gateways.types import Kind, MarketStatus

BTC, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"
START_S = 1_710_327_600


def row(minute: int, **changes: str) -> list[str]:
    """Gate.io's candle of a minute."""
    parts = {
        "time": str(START_S + 60 * minute), "quote": "100", "close": "10", "high": "12",
        "low": "9", "open": "11", "volume": "5", "closed": "true",
    }  # fmt: skip
    return list({**parts, **changes}.values())


async def candles(*rows: object, **window: int):
    answers = gate_answers(**{"/spot/candlesticks": list(rows)})
    async with gate(Network(answers), None) as gateway:
        return await gateway.candles(BTC, "1m", **window)


def minutes(batch) -> list[int]:
    return [(c.time_ms // 1000 - START_S) // 60 for c in batch]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (row(1, close="NaN"), "not finite"),
        (row(1, high="Infinity"), "not finite"),
        (row(1, low="-9"), "not above zero"),
        (row(1, open="0"), "not above zero"),
        (row(1, volume="-5"), "below zero"),
        (row(1, quote="-1"), "below zero"),
        (row(1, high="abc"), "not a number"),
        (row(1, high="1_2"), "not a number"),
        (row(1, close="1e400"), "a number beyond reason"),
        (row(1, close="13"), "open or close outside of high and low"),
        (row(1, time="1710327661"), "not the open of a candle"),
        (row(1)[:4], "not the shape it should have"),
        ("text", "not the shape it should have"),
        (None, "not the shape it should have"),
    ],
)
async def test_a_bad_candle_costs_itself_and_is_counted(bad, rule):
    page = await candles(row(0), bad, row(2))

    assert minutes(page) == [0, 2]
    assert rule in dict(page.refusals.counts)
    assert page.refusals.examples[0].given


async def test_candles_late_and_twice_are_dropped_and_counted_apart():
    page = await candles(row(0), row(1), row(1, close="11"), row(0), row(2))

    assert minutes(page) == [0, 1, 2]
    assert page.rows[1].close == 10
    assert dict(page.refusals.counts) == {"twice": 1, "out of order": 1}
    assert page.refusals.total == 2


async def test_rows_outside_of_the_window_are_no_fault():
    since, until = (START_S + 60) * 1000, (START_S + 120) * 1000

    page = await candles(*(row(m) for m in range(5)), since_ms=since, until_ms=until)

    assert minutes(page) == [1, 2]
    assert not page.refusals


async def test_a_candle_without_a_flag_is_closed_when_its_time_is_over():
    page = await candles(row(0)[:7], row(1, closed="false"))

    assert [c.is_closed for c in page] == [True, False]


async def test_numbers_keep_every_digit_also_bare_ones_in_the_text():
    text = (
        '{"id": 7, "current": 1710327600000,'
        ' "bids": [[0.1000000000000000055511151231257827, 1e-7]], "asks": []}'
    )
    answers = gate_answers(**{"/spot/order_book": text})
    async with gate(Network(answers), None) as gateway:
        book = await gateway.order_book(BTC)

    (level,) = book.bids
    assert str(level.price) == "0.1000000000000000055511151231257827"
    assert level.quantity == Decimal("0.0000001")


async def test_bad_levels_are_left_out_and_a_crossed_book_is_no_book():
    good = {"id": 7, "current": 1710327600000, "asks": [["11", "1"], ["NaN", "1"]],
            "bids": [["10", "1"], ["-1", "1"], ["10", "5"], ["9", "0"]]}  # fmt: skip
    crossed = {**good, "asks": [["9.5", "1"]]}
    for body, is_book in ((good, True), (crossed, False)):
        answers = gate_answers(**{"/spot/order_book": body})
        async with gate(Network(answers), None) as gateway:
            if not is_book:
                with pytest.raises(MalformedAnswer, match="not below best ask"):
                    await gateway.order_book(BTC)
                continue
            book = await gateway.order_book(BTC)

    assert [str(level.price) for level in (*book.bids, *book.asks)] == ["10", "11"]
    assert book.refusals.total == 3


async def test_a_ticker_with_an_impossible_price_is_left_out_of_the_list():
    row_of = {"currency_pair": "BTC_USDT", "last": "1", "highest_bid": "0"}
    bad = {"currency_pair": "LTC_USDT", "last": "-1"}
    answers = gate_answers(**{"/spot/tickers": [row_of, bad, 5]})
    async with gate(Network(answers), None) as gateway:
        found = await gateway.tickers()

    (ticker,) = found
    assert (ticker.symbol, ticker.bid) == (BTC, None)
    assert found.refusals.total == 2


async def rules(pairs: list[object], contracts: list[object]):
    answers = gate_answers(
        **{"/spot/currency_pairs": pairs, "/futures/usdt/contracts": contracts}
    )
    async with gate(Network(answers), None) as gateway:
        return await gateway.load_markets()


async def test_one_broken_market_does_not_cost_the_others():
    broken = [{"id": None}, {"id": "NOUNDERSCORE"}, "x", pair("A_USDT", fee="abc")]
    endless = pair("B_USDT", amount_precision=10**18)

    found = await rules([pair("BTC_USDT"), *broken, endless], [contract("BTC_USDT")])

    assert [row.symbol for row in found] == [BTC, PERPETUAL]
    assert found.refusals.total == 5


async def test_a_broken_market_is_told_to_who_asks_for_markets_and_to_nobody_else():
    answers = gate_answers(
        **{
            "/spot/currency_pairs": [pair("BTC_USDT"), "broken"],
            "/spot/candlesticks": [row(0)],
        }
    )
    async with gate(Network(answers), None) as gateway:
        page = await gateway.candles(BTC, "1m")
        markets = await gateway.load_markets()

    assert not page.refusals
    assert markets.refusals.total == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, MarketStatus.ACTIVE),
        ({"trade_status": "untradable"}, MarketStatus.HALTED),
        ({"trade_status": "sellable"}, MarketStatus.HALTED),
        ({"delisting_time": 1_600_000_000}, MarketStatus.DELISTED),
        ({"delisting_time": 4_000_000_000}, MarketStatus.ACTIVE),
    ],
)
async def test_a_pairs_status_is_gates_own_word(changes, status):
    (row_of,) = await rules([pair("BTC_USDT", **changes)], [])

    assert row_of.status is status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, MarketStatus.ACTIVE),
        ({"in_delisting": True}, MarketStatus.HALTED),
        ({"status": "suspend"}, MarketStatus.HALTED),
        ({"status": "delisted"}, MarketStatus.DELISTED),
    ],
)
async def test_a_perpetual_has_its_size_and_status(changes, status):
    (row_of,) = await rules([], [contract("BTC_USDT", **changes)])

    assert (row_of.kind, row_of.settle) == (Kind.PERPETUAL, "USDT")
    assert row_of.contract_size == Decimal("0.1")
    assert row_of.status is status


async def test_a_renamed_coin_keeps_its_exchange_id():
    """ccxt calls Gate.io's GTC by another name; the id tells which pair it is."""
    (row_of,) = await rules([pair("GTC_USDT")], [])

    assert row_of.exchange_id == "GTC_USDT"


@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"since_ms": -1}, "since_ms"),
        ({"since_ms": 5, "until_ms": 4}, "until_ms"),
    ],
)
async def test_a_window_that_holds_nothing_is_refused_unsent(window, field):
    with pytest.raises(InvalidInput) as raised:
        await candles(**window)

    assert raised.value.field == field


async def test_a_timeframe_that_the_exchange_lacks_is_refused_by_name():
    async with gate(Network(gate_answers()), None) as gateway:
        for timeframe in ("7m", "12h"):
            with pytest.raises(InvalidInput) as raised:
                await gateway.candles(BTC, timeframe)
            assert raised.value.field == "timeframe"


async def test_a_funding_rate_may_be_negative_and_tells_when():
    answers = gate_answers(**{"/futures/usdt/contracts/BTC_USDT": contract("BTC_USDT")})
    async with gate(Network(answers), None) as gateway:
        rate = await gateway.funding_rate(PERPETUAL)

    assert (rate.rate, rate.interval_ms) == (Decimal("-0.0001"), 8 * 3_600_000)
    assert rate.time_ms == 1784131200000


async def test_a_unified_account_is_known_before_the_first_private_call():
    answers = gate_answers(
        **{
            "/account/detail": {"key": {"mode": 2}},
            "/unified/accounts": {
                "balances": {"BTC": {"available": "1", "freeze": "2"}}
            },
        }
    )
    async with gate(Network(answers)) as gateway:
        (balance,) = await gateway.balances()

    assert (balance.currency, balance.available) == ("BTC", 1)


async def test_rights_of_the_key_that_asks_are_told_apart_from_others():
    keys = [
        {"key": "another", "perms": [{"name": "withdraw", "read_only": False}]},
        {"key": "canary-key-4711", "ip_whitelist": ["1.2.3.4"],
         "perms": [{"name": "spot", "read_only": True}]},
    ]  # fmt: skip
    answers = gate_answers(**{"/account/main_keys": keys})
    async with gate(Network(answers)) as gateway:
        found = await gateway.key_rights()

    assert (found.can_read, found.can_trade, found.can_withdraw) == (True, False, False)
    assert found.addresses == ("1.2.3.4",)
