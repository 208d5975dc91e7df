"""What calls show of an exchange stands on its row, and turns are told."""

import asyncio

import pytest

from apps.common import clock
from apps.common.models import Job
from apps.markets.gateways.errors import BadVenue, GatewayError, OutcomeUnknown
from apps.markets.models import Exchange
from apps.markets.selectors.exchanges import budget_use, clock_sentence, health
from apps.markets.services import clocks, connecting, exchange_notes, exchanges
from apps.markets.tests.exchange_room import make_exchange

pytestmark = pytest.mark.django_db(transaction=True)


def again(exchange: Exchange) -> Exchange:
    return Exchange.objects.get(pk=exchange.pk)


def names(news) -> list[str]:
    return [name for name, _told in news()]


def ask(exchange, *calls, **options):
    """Make the calls one after the other, whatever becomes of each."""

    async def asked():
        failed = 0
        async with connecting.connect(exchange, **options) as gateway:
            for name, *arguments in calls:
                try:
                    await getattr(gateway, name)(*arguments)
                except GatewayError:
                    failed += 1
        return failed

    return connecting.run(asked)


def test_a_check_measures_clock_and_distance(exchange, news):
    exchanges.check_exchange(exchange)

    seen = again(exchange)
    assert (seen.state, seen.last_error) == ("ok", "")
    assert abs(seen.clock_offset_ms) < 1000
    assert 0 <= seen.round_trip_ms < 5000
    assert health(seen).level == "good"
    assert names(news) == []


@pytest.mark.parametrize(
    "check", [exchanges.check_exchange, lambda _: clocks.check_clocks()]
)
@pytest.mark.parametrize(
    ("ms", "sentence"), [(5_000, "ahead of ours"), (-3_600_000, "behind ours")]
)
def test_a_clock_that_is_off_is_warned_of_once(
    room, exchange, news, check, ms, sentence
):
    room.fault("clock_skew", ms=ms)

    check(exchange)
    check(exchange)

    seen = again(exchange)
    assert abs(seen.clock_offset_ms - ms) < 1000
    assert sentence in clock_sentence(seen)
    assert (health(seen).level, health(seen).word) == ("crit", "Clock off")
    ((name, told),) = news()
    assert name == "ClockOff"
    assert abs(told["offset_ms"] - ms) < 1000


def test_the_minute_check_needs_no_exchange_library(room, exchange, monkeypatch):
    monkeypatch.setattr("apps.markets.gateways.library.load", None)

    assert clocks.check_clocks() == 1

    assert again(exchange).state == "ok"


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"kind": "answer", "status": 500, "message": "no"}, "failing"),
        ({"kind": "garbage"}, "failing"),
        ({"kind": "truncate"}, "failing"),
        ({"kind": "maintenance"}, "maintenance"),
        ({"kind": "answer", "status": 429}, "limited"),
    ],
)
def test_the_minute_check_says_how_it_fails(room, exchange, news, fault, state):
    clocks.check_clocks()
    room.fault(path="/spot/time", **fault)

    clocks.check_clocks()

    seen = again(exchange)
    assert seen.state == state
    assert seen.recent_errors[0]["call"] == "GET /spot/time"
    assert seen.last_error == seen.recent_errors[0]["text"]
    assert names(news) == ([] if state == "limited" else ["ExchangeUnreachable"])


def test_one_that_asked_for_a_pause_is_left_alone_until_then(room, exchange, later):
    room.fault("answer", path="/spot/time", status=429)
    clocks.check_clocks()
    room.clear_faults()

    assert clocks.check_clocks() == 0
    assert health(again(exchange)).word == "Rate limited"
    with later(3600):
        assert clocks.check_clocks() == 1
    assert again(exchange).state == "ok"


def test_nobody_there_and_back_again_is_told_once_each(room, news):
    exchange = make_exchange("http://127.0.0.1:9")
    for _ in range(2):
        clocks.check_clocks()
    assert again(exchange).state == "unreachable"
    assert "cannot be reached" in health(again(exchange)).sentence

    Exchange.objects.update(rest_url=room.url)
    clocks.check_clocks()

    assert again(exchange).state == "ok"
    assert names(news) == ["ExchangeUnreachable", "ExchangeRecovered"]


def test_one_bad_exchange_keeps_no_other_from_being_checked(room, exchange):
    bad = make_exchange("http://127.0.0.1:9", code="bad")
    nowhere = make_exchange("", code="nowhere")
    disabled = make_exchange(room.url, code="off", is_enabled=False)

    clocks.check_clocks()

    states = [again(row).state for row in (exchange, bad, nowhere, disabled)]
    assert states == ["ok", "unreachable", "unreachable", "unchecked"]


def test_an_exchange_without_a_known_time_is_asked_by_a_job(db):
    exchange = make_exchange(
        "", code="kraken", ccxt_id="", is_simulator=False, is_enabled=True
    )

    clocks.check_clocks()
    clocks.check_clocks()

    job = Job.objects.get(kind="markets.check_exchange")
    assert job.payload["exchange_id"] == exchange.pk


def test_one_lost_answer_among_many_is_no_state(room, exchange, news):
    room.fault("answer", path="/spot/tickers", status=500, message="no", times=1)

    failed = ask(exchange, ("clock",), ("tickers",), ("tickers",))

    seen = again(exchange)
    assert (failed, seen.state) == (1, "ok")
    assert names(news) == []


def test_three_lost_answers_in_a_row_are_one(room, exchange, news):
    room.fault("answer", path="/spot/tickers", status=500, message="no")

    ask(exchange, ("clock",), ("tickers",), ("tickers",), ("tickers",))

    assert again(exchange).state == "failing"
    assert names(news) == ["ExchangeUnreachable"]


def test_a_refusal_speaks_against_the_caller_not_the_exchange(exchange):
    assert ask(exchange, ("ticker", "NO/SUCH")) == 1

    assert again(exchange).state == "ok"


def test_many_calls_are_few_notes(exchange, django_assert_max_num_queries):
    exchanges.check_exchange(exchange)
    exchange.refresh_from_db()

    with django_assert_max_num_queries(12):
        ask(exchange, *[("tickers",)] * 20)


def test_a_wrong_address_is_a_matter_of_settings(db):
    exchange = make_exchange("http://example.com")

    with pytest.raises(BadVenue):
        exchanges.check_exchange(exchange)

    assert again(exchange).state == "misconfigured"
    assert "runs on this machine" in again(exchange).last_error


def test_the_budget_is_the_one_that_all_share(exchange):
    exchanges.check_exchange(exchange)

    used = sum(group.used for group in budget_use(exchange).groups)
    assert used >= 1


def test_only_the_last_errors_are_kept(exchange):
    for number in range(30):
        error = OutcomeUnknown(f"error {number}")
        exchange_notes.note_failure(exchange.pk, error)

    kept = again(exchange).recent_errors
    assert len(kept) == 20
    assert kept[0]["text"] == "error 29"


def test_what_was_long_not_seen_is_not_called_well(exchange, later):
    exchanges.check_exchange(exchange)
    seen = again(exchange)

    with later(600):
        assert health(seen).level == "warn"
    assert health(seen).level == "good"


def test_a_job_with_its_own_loop_may_connect_too(exchange):
    async def asked():
        async with connecting.connect(exchange) as gateway:
            return await gateway.clock()

    assert asyncio.run(asked()).measured_at_ms <= clock.now_ms()
    assert again(exchange).state == "ok"
