"""What is not believed, and that no price stays refused for ever."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.markets.feeds.checks import (
    CROSSED,
    JUMP,
    NOT_A_PRICE,
    OUT_OF_ORDER,
    TWICE,
    CandleCheck,
    JumpGuard,
    TickerCheck,
    TradeCheck,
)
from apps.markets.gateways.types import PublicTrade, Ticker


def ticker(last, time_ms=1_000, bid=None, ask=None):
    price = None if last is None else Decimal(last)
    return Ticker(
        "BTC/USDT",
        price,
        bid and Decimal(bid),
        ask and Decimal(ask),
        time_ms=time_ms,
    )


def trade(number, price="100", time_ms=1_000, quantity="1"):
    sizes = Decimal(price), Decimal(quantity)
    return PublicTrade(str(number), "BTC/USDT", time_ms, "buy", *sizes)


def test_tickers_that_cannot_be_are_refused():
    check = TickerCheck()
    good = check.rule_broken(ticker("100"), 1_000)
    bad = [
        check.rule_broken(one, 1_000)
        for one in (
            ticker(None),
            ticker("NaN"),
            ticker("-1"),
            ticker("0"),
            ticker("100", time_ms=999),
            ticker("100", bid="102", ask="101"),
            ticker("900"),
        )
    ]

    assert good == ""
    assert bad == [*[NOT_A_PRICE] * 4, OUT_OF_ORDER, CROSSED, JUMP]


def test_trades_are_taken_once_in_order():
    check = TradeCheck()
    rules = [
        check.rule_broken(one, 1_000)
        for one in (
            trade(1),
            trade(1),
            trade(2, time_ms=999),
            trade(3, price="100000"),
            trade(4, quantity="0"),
            trade(5, time_ms=1_001),
        )
    ]

    assert rules == ["", TWICE, OUT_OF_ORDER, JUMP, NOT_A_PRICE, ""]


def test_memory_of_trades_is_bounded():
    check = TradeCheck()
    for number in range(5_000):
        check.rule_broken(trade(number), 1_000)

    assert check.knows("4999")
    assert not check.knows("0")


def test_candles_from_nowhere_are_refused():
    check, minute = CandleCheck(60_000), 60_000

    def rule(prices, time_ms=minute, volume="1"):
        values = tuple(map(Decimal, prices))
        return check.rule_broken(time_ms, values, Decimal(volume), 70_000)

    assert rule(("10", "12", "9", "11")) == ""
    assert rule(("10", "9", "12", "11")) == NOT_A_PRICE
    assert rule(("10", "12", "9", "11"), volume="-1") == NOT_A_PRICE
    assert rule(("10", "NaN", "9", "11")) == NOT_A_PRICE
    assert rule(("10", "12", "9", "11"), time_ms=60_001) == OUT_OF_ORDER
    assert rule(("10", "12", "9", "11"), time_ms=600_000) == OUT_OF_ORDER
    assert rule(("90", "99", "89", "95")) == JUMP


def test_crash_is_believed_when_it_is_confirmed():
    guard = JumpGuard()
    guard.is_absurd(Decimal(100), 0)
    judged = [guard.is_absurd(Decimal(price), 10) for price in (40, 41, 40, 39)]

    assert judged == [True, True, False, False]


def test_single_outlier_between_good_prices_is_refused():
    guard = JumpGuard()
    judged = [guard.is_absurd(Decimal(p), 10) for p in (100, 1, 100, 5000, 100, 1)]

    assert judged == [False, True, False, True, False, True]


prices = st.decimals("0.0001", "100000", places=4, allow_nan=False)


@given(st.lists(prices, max_size=30), prices)
def test_no_price_is_refused_for_ever(before, price):
    guard = JumpGuard()
    for one in before:
        guard.is_absurd(one, 0)

    assert not all(guard.is_absurd(price, 0) for _ in range(3))
    assert not guard.is_absurd(price, 0)
