"""When a refresh is put in line, and what a failing one leaves behind."""

from datetime import timedelta

import pytest

from apps.common import clock
from apps.common.jobs.registry import handler_of
from apps.common.models import Job
from apps.common.models.jobs import JobStatus
from apps.markets.jobs import WATCH_LISTS
from apps.markets.models import Exchange, ExchangeState, WatchList
from apps.markets.services import watch_lists
from apps.markets.tests.watch_lists.factories import (
    make_exchange,
    make_hand_list,
    make_list,
    make_markets,
    members,
    refresh,
    run_job,
    volumes,
)

pytestmark = pytest.mark.django_db(transaction=True)
# Nothing listens on the discard port of this machine.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def away() -> Exchange:
    made = make_exchange("away", ccxt_id="gate", is_simulator=True, rest_url=NOWHERE)
    make_markets("BTC/USDT", "ETH/USDT", exchange=made)
    return made


def jobs() -> list[Job]:
    return list(Job.objects.filter(kind=WATCH_LISTS).order_by("pk"))


def test_one_job_serves_all_due_lists_of_an_exchange():
    make_list()
    make_list(name="Second")
    make_list(name="Elsewhere", exchange=make_exchange("okx"))

    assert watch_lists.offer_due() == 2
    assert watch_lists.offer_due() == 0

    assert sorted(job.payload["exchange"] for job in jobs()) == sorted(
        Exchange.objects.values_list("pk", flat=True)
    )


def test_the_work_brings_an_exchange_library_and_is_lent_to_a_child():
    assert handler_of(WATCH_LISTS).is_heavy


def test_a_list_deleted_while_its_refresh_waits_is_no_failure(away):
    found = make_list(exchange=away)
    job = watch_lists.request_refresh(found)
    watch_lists.delete_watch_list(found)

    assert run_job(job).status == JobStatus.DONE


def test_a_refreshed_list_is_not_due_until_its_time():
    found = make_list(refresh_every_s=60)
    refresh(found, {})

    assert watch_lists.offer_due() == 0
    with clock.held_at(clock.now() + timedelta(seconds=61)):
        assert watch_lists.offer_due() == 1


def test_an_exchange_that_is_switched_off_is_not_called_for_a_list():
    make_list(exchange=make_exchange(is_enabled=False))

    assert watch_lists.offer_due() == 0


def test_a_list_by_hand_is_never_due():
    make_hand_list("BTC/USDT")

    assert watch_lists.offer_due() == 0


def test_asking_twice_waits_for_the_same_job():
    found = make_list()

    first = watch_lists.request_refresh(found)

    assert watch_lists.request_refresh(found) == first
    assert watch_lists.active_job(found) == first


def test_a_new_refresh_takes_the_row_of_the_last_one_by_schedule(away):
    make_list(exchange=away)
    watch_lists.offer_due()
    first = run_job(jobs()[0])
    by_hand = run_job(watch_lists.request_refresh(WatchList.objects.get()))
    Exchange.objects.update(state=ExchangeState.OK)
    WatchList.objects.update(due_at=clock.now())

    watch_lists.offer_due()

    assert jobs()[0] == by_hand
    assert first.pk not in [job.pk for job in jobs()]
    assert len(jobs()) == 2


def test_a_failed_refresh_keeps_the_members_and_comes_again_soon(away):
    found = make_list(exchange=away, refresh_every_s=3600)
    refresh(found, volumes(BTC=2, ETH=1))

    job = run_job(watch_lists.request_refresh(found))

    found.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert found.refresh_error == job.error != ""
    assert members(found) == ["BTC/USDT", "ETH/USDT"]
    assert found.refreshed_at < found.tried_at
    assert timedelta(0) < found.due_at - clock.now() <= timedelta(seconds=60)


def test_an_exchange_known_to_be_down_is_not_asked_and_the_list_says_so(away):
    found = make_list(exchange=away)
    Exchange.objects.update(
        state=ExchangeState.UNREACHABLE, last_error="no route to it"
    )

    assert watch_lists.offer_due() == 0

    found.refresh_from_db()
    assert found.refresh_error == "no route to it"
    assert found.due_at > clock.now()
    assert jobs() == []


def test_a_limited_exchange_is_asked_when_it_answers_again(away):
    until = clock.now() + timedelta(minutes=10)
    Exchange.objects.update(state=ExchangeState.LIMITED, limited_until=until)
    found = make_list(exchange=away)

    assert watch_lists.offer_due() == 0

    found.refresh_from_db()
    assert found.due_at == until


def test_one_list_that_cannot_be_judged_keeps_no_other_from_it(monkeypatch, away):
    """A bug in one list's data must not stop its neighbours: the loop is guarded."""
    from apps.markets.services.watch_lists import refreshing

    broken, fine = make_list(exchange=away), make_list(exchange=away, name="Fine")
    real = refreshing.refresh

    def refresh_or_fail(watch_list, quotes):
        if watch_list.pk == broken.pk:
            raise RuntimeError("unforeseen")
        return real(watch_list, quotes)

    monkeypatch.setattr(refreshing, "refresh", refresh_or_fail)
    monkeypatch.setattr(
        refreshing.asking, "ask", lambda exchange, kinds: {"spot": volumes(BTC=1)}
    )
    watch_lists.offer_due()

    job = run_job(jobs()[0])

    broken.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert broken.refresh_error == "An unexpected error; the log tells more."
    assert members(fine) == ["BTC/USDT", "ETH/USDT"]
    assert members(broken) == []
