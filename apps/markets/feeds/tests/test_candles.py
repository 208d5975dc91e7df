"""Which candle is closed: a stream that lies in every way against the truth."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.markets.feeds.candles import AUDIT_AFTER, GRACE_MS, Ask, CandleBuilder
from apps.markets.feeds.channels import CandleContent
from apps.markets.gateways.errors import MalformedAnswer
from apps.markets.gateways.streams import Channel, ChannelKind
from apps.markets.gateways.types import Batch, Candle, HistoryLimits, Refusals

STEP = 60_000
START = 1_700_000_040_000 // STEP * STEP
CLOSED, RUNNING = True, False


def candle(minute, volume=1, *, closed=RUNNING, close=None):
    price = Decimal(100 + minute if close is None else close)
    return Candle(
        START + minute * STEP, price, price, price, price, Decimal(volume), None, closed
    )


def begun(minute=0):
    """A builder that stands at ``minute``."""
    builder = CandleBuilder(STEP, START + minute * STEP)
    builder.answered([candle(minute)], builder.ask(START), at(minute) - 5_000)
    return builder


def at(minute):
    return START + int(minute * STEP)


def times(outcome):
    return [(one.time_ms - START) // STEP for one in outcome.closed]


def test_exchanges_word_closes_at_once():
    builder = begun()

    assert times(builder.told(candle(0, 5, closed=CLOSED), at(1))) == [0]
    assert builder.ask(at(1)) is None


def test_next_candle_closes_only_after_rest_was_asked():
    builder = begun()
    builder.told(candle(0, 3), at(0.9))
    told = builder.told(candle(1, 1), at(1))
    early, due = builder.ask(at(1)), builder.ask(at(1) + GRACE_MS)
    answer = builder.answered(
        [candle(0, 5, closed=CLOSED), candle(1, 1)], due, at(1) + GRACE_MS
    )

    assert (times(told), early) == ([], None)
    assert [(c.volume, c.is_closed) for c in answer.closed] == [(5, True)]


def test_nothing_behind_a_gap_is_closed_before_the_gap():
    builder = begun()
    behind = builder.told(candle(3, 2, closed=CLOSED), at(4))
    rows = [candle(n, 2, closed=CLOSED) for n in range(4)]
    ask = builder.ask(at(4) + GRACE_MS)
    answer = builder.answered(rows, ask, at(4) + GRACE_MS)

    assert (times(behind), times(answer)) == ([], [0, 1, 2, 3])
    assert builder.gaps == 1


def test_minutes_without_a_trade_are_absent_not_invented():
    builder = begun()
    builder.told(candle(4, 2, closed=CLOSED), at(5))
    rows = [candle(0, 2, closed=CLOSED), candle(4, 2, closed=CLOSED)]
    answer = builder.answered(rows, builder.ask(at(5) + GRACE_MS), at(5) + GRACE_MS)

    assert times(answer) == [0, 4]


def test_answer_that_lags_behind_declares_nothing_early():
    """REST does not have the candle yet that the stream closed already."""
    builder = begun()
    builder.told(candle(1, 2, closed=CLOSED), at(2))
    lagging = builder.answered([candle(0, 1)], builder.ask(at(3)), at(3))
    again = builder.ask(at(4))

    assert times(lagging) == []
    assert again is not None


def test_overtaken_and_repeated_messages_change_nothing():
    builder = begun()
    builder.told(candle(0, 5), at(0.5))
    older = builder.told(candle(0, 3), at(0.5))
    builder.told(candle(0, 6, closed=CLOSED), at(1))
    twice = builder.told(candle(0, 6, closed=CLOSED), at(1))
    late = builder.told(candle(0, 4), at(1))

    assert (older.rule, twice.rule, late.rule) == (
        "out of order",
        "twice",
        "out of order",
    )
    assert not (older.closed or twice.closed or late.closed)


def test_candles_closed_by_word_are_held_against_rest():
    builder = begun()
    for minute in range(AUDIT_AFTER):
        builder.told(candle(minute, 2, closed=CLOSED), at(minute + 1))
    ask = builder.ask(at(AUDIT_AFTER))
    rows = [candle(n, 2 + (n == 4), closed=CLOSED) for n in range(AUDIT_AFTER)]
    answer = builder.answered(rows, ask, at(AUDIT_AFTER))

    assert (ask.reason, ask.since_ms) == ("audit", START)
    assert [c.volume for c in answer.corrected] == [3]
    assert answer.closed == ()
    assert builder.unaudited == 0


def test_reconnect_asks_before_the_next_message():
    builder = begun()
    builder.disturbed()

    assert builder.ask(at(0.5)).reason == "gap"


def test_failing_rest_is_asked_ever_more_slowly():
    builder = begun()
    builder.disturbed()
    pauses, now = [], at(0.5)
    for _ in range(7):
        waited = next(ms for ms in range(0, 60_001, 500) if builder.ask(now + ms))
        pauses.append(waited)
        now += waited
        builder.unanswered(now)

    assert pauses == [0, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]


def test_history_beyond_reach_is_left_out_not_waited_for():
    builder = begun()
    builder.skip_to(at(50))
    answer = builder.answered(
        [candle(50, closed=CLOSED), candle(51)], Ask(at(50), "gap"), at(51)
    )

    assert times(answer) == [50]


# What a stream may do with the messages of a market: the truth is a list of minutes,
# some without a trade, each told several times with growing volume.
minutes = st.lists(st.booleans(), min_size=6, max_size=25)
fates = st.lists(
    st.sampled_from(["as it is", "swallowed", "twice", "held", "reconnect", "rest"]),
    min_size=40,
    max_size=200,
)


@settings(max_examples=300, deadline=None)
@given(minutes, fates)
def test_every_candle_is_declared_once_in_order_and_right(has_trades, fates):
    truth = [n for n, has in enumerate(has_trades) if has or n == 0]
    market = Market(truth)
    builder = CandleBuilder(STEP, START)
    declared, held, now = [], [], START

    def heard(message):
        declared.extend(builder.told(message, now).closed)

    def asked():
        ask = builder.ask(now)
        if ask is not None:
            rows = market.rest(ask.since_ms, now)
            declared.extend(builder.answered(rows, ask, now).closed)

    for (moment, message), fate in zip(market.messages(), cycled(fates), strict=False):
        now = moment
        match fate:
            case "as it is":
                heard(message)
            case "twice":
                heard(message)
                heard(message)
            case "held":
                held.append(message)
            case "reconnect":
                builder.disturbed()
            case "rest":
                asked()
        if fate != "held" and held:
            heard(held.pop(0))
    for _ in range(5):  # the market is quiet now; REST is asked until it is enough
        now += 2 * GRACE_MS
        builder.disturbed()
        asked()

    # The last candle still runs: nothing came after it.
    assert [(one.time_ms, one.volume) for one in declared] == [
        (START + n * STEP, Decimal(market.final(n))) for n in truth[:-1]
    ]


class Market:
    """Each minute that trades is told three times and then closed by the next one."""

    def __init__(self, truth):
        self.truth = truth

    def final(self, minute):
        return 10 + minute

    def messages(self):
        for place, minute in enumerate(self.truth):
            for part in range(3):
                moment = START + minute * STEP + (part + 1) * 15_000
                yield moment, candle(minute, 1 + part)
            if place + 1 < len(self.truth):
                over = START + self.truth[place + 1] * STEP
                yield over, candle(minute, self.final(minute), closed=CLOSED)

    def rest(self, since_ms, now):
        rows = []
        for place, minute in enumerate(self.truth):
            is_last = place + 1 == len(self.truth)
            over = None if is_last else START + self.truth[place + 1] * STEP
            if START + minute * STEP + 15_000 > now or START + minute * STEP < since_ms:
                continue
            is_over = over is not None and now >= over
            volume = self.final(minute) if is_over else 1
            rows.append(candle(minute, volume, closed=is_over))
        return rows


def cycled(fates):
    while True:
        yield from fates


class Rest:
    """A gateway that answers with these pages."""

    def __init__(self, *pages):
        self.pages = list(pages)

    def history_limits(self, kind):
        return HistoryLimits(1000)

    async def candles(self, symbol, timeframe, **window):
        return self.pages.pop(0)


async def test_row_that_cannot_be_is_asked_for_again_before_it_counts_as_absent():
    bad = Refusals((("not a number", 1),), ())
    spoilt = Batch((candle(1, closed=CLOSED), candle(2)), bad)
    sound = Batch((candle(0, 7, closed=CLOSED), *spoilt.rows), Refusals())
    channel = Channel(ChannelKind.CANDLE, "BTC/USDT", "1m")
    content = CandleContent.of(channel, START)

    with pytest.raises(MalformedAnswer):
        await content.ask(Rest(spoilt), Ask(START, "gap"), at(2))
    assert content.outcomes == []
    await content.ask(Rest(sound), Ask(START, "gap"), at(2))

    assert times(content.outcomes[0]) == [0, 1]
    assert content.refused == {"not a number": 1}
