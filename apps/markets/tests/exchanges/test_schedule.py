"""What beat does: due lists are put in line, and jobs do the work."""

import pytest
from celery import current_app
from django.conf import settings

from apps.common import clock, knobs
from apps.common.jobs.registry import handler_of
from apps.common.jobs.runner import run
from apps.common.leases import acquire
from apps.common.models import Job
from apps.common.models.jobs import JobStatus
from apps.markets.models import Exchange, Instrument
from apps.markets.services.exchanges import enqueue_check, enqueue_sync
from apps.markets.services.scheduling import enqueue_due_syncs
from apps.markets.tests.exchange_room import make_exchange

pytestmark = pytest.mark.django_db(transaction=True)


def done(job: Job) -> Job:
    run(job.pk)
    job.refresh_from_db()
    return job


def test_beat_knows_both_tasks():
    current_app.loader.import_default_modules()
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"markets.check_clocks", "markets.sync_due_instruments"} <= names
    assert names <= set(current_app.tasks)


def test_a_list_is_due_at_once_and_then_each_hour(exchange, later):
    (job,) = enqueue_due_syncs()
    assert enqueue_due_syncs() == []

    assert done(job).status == JobStatus.DONE
    assert Instrument.objects.count() == 3
    with later(3500):
        assert enqueue_due_syncs() == []
    with later(3700):
        assert len(enqueue_due_syncs()) == 1


def test_how_often_is_a_setting(exchange, later):
    done(enqueue_due_syncs()[0])
    knobs.change("markets.sync_instruments_every_s", 60)

    with later(90):
        assert len(enqueue_due_syncs()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"is_enabled": False},
        {"is_synthetic": True, "is_simulator": False},
        {"state": "unreachable"},
        {"state": "maintenance"},
        {"state": "misconfigured"},
    ],
)
def test_one_that_cannot_be_asked_is_not_put_in_line(changes):
    make_exchange("http://127.0.0.1:9", **changes)

    assert enqueue_due_syncs() == []


def test_one_that_fails_is_not_tried_each_minute(exchange, room, later):
    room.fault("garbage", path="/spot/currency_pairs", times=1)
    job = done(enqueue_due_syncs()[0])
    assert (job.status, bool(job.error)) == (JobStatus.FAILED, True)
    Exchange.objects.update(state="ok")

    with later(600):
        assert enqueue_due_syncs() == []
    with later(1000):
        assert len(enqueue_due_syncs()) == 1


def test_both_jobs_run_beside_the_desk_and_lead_to_the_exchange(exchange):
    for job in (enqueue_check(exchange), enqueue_sync(exchange)):
        assert handler_of(job.kind).is_heavy
        assert str(exchange.pk) in handler_of(job.kind).url(job)
        assert done(job).status == JobStatus.DONE
    assert Exchange.objects.get().state == "ok"


def test_the_second_of_two_jobs_says_that_the_first_is_at_it(exchange):
    lease = acquire(f"markets:instruments:{exchange.code}")

    job = done(enqueue_sync(exchange))

    assert job.status == JobStatus.FAILED
    assert "synchronised already" in job.error
    lease.release()


def test_a_job_whose_exchange_is_gone_says_so(exchange):
    job = enqueue_sync(exchange)
    exchange.delete()

    assert "no longer there" in done(job).error


def test_progress_of_a_synchronisation_is_on_its_job(exchange):
    job = done(enqueue_sync(exchange))

    assert (job.progress_done, job.progress_total) == (3, 3)
    assert job.finished_at <= clock.now()
