"""Jobs: claimed once, fenced, cancelled, put back, finished exactly once."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from apps.common import clock, jobs, knobs
from apps.common.errors import Conflict, InvalidInput
from apps.common.jobs import JobContext, context, services
from apps.common.jobs.runner import run
from apps.common.leases import LeaseLost
from apps.common.models import Job, Lease
from apps.common.models.jobs import JobStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def handler():
    """Registers a kind of job whose work a test gives as a function."""
    works = {}

    def give(work):
        works["run"] = work

    jobs.register(jobs.Handler(kind="test", run=lambda job: works["run"](job)))
    give(lambda job: None)
    return give


def make_job(**changes) -> Job:
    job = jobs.enqueue(kind="test", title="a job", is_offered=False)
    Job.objects.filter(pk=job.pk).update(**changes)
    return Job.objects.get(pk=job.pk)


def test_a_job_runs_to_its_end_and_says_so(handler):
    job = make_job()
    handler(lambda running: running.report(1, 2, "half way"))

    run(job.pk)

    job.refresh_from_db()
    assert job.status == JobStatus.DONE
    assert (job.progress_done, job.progress_total, job.attempts) == (1, 2, 1)
    assert job.finished_at and job.lease_until is None


def test_a_second_hint_does_nothing(handler):
    runs = []
    handler(lambda running: runs.append(running.job.pk))
    job = make_job()

    run(job.pk)
    run(job.pk)

    assert runs == [job.pk]


def test_of_many_hints_at_once_one_claims(handler):
    job = make_job()
    claimed = []

    def claim():
        claimed.append(services.claim(job.pk))
        connections.close_all()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([one for one in claimed if one]) == 1


def test_an_abandoned_job_is_claimed_with_a_higher_token(handler):
    job = make_job()
    first = services.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - timedelta(seconds=1))

    second = services.claim(job.pk)

    assert second.lease_token == first.lease_token + 1


def test_the_worker_thought_dead_cannot_write_over_its_successor(handler):
    job = make_job()
    zombie = JobContext(services.claim(job.pk))
    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    successor = JobContext(services.claim(job.pk))

    with pytest.raises(LeaseLost):
        zombie.report(9, 10)
    with pytest.raises(LeaseLost), zombie.finishing():
        raise AssertionError("the zombie's results were written")

    with successor.finishing():
        pass
    assert Job.objects.get(pk=job.pk).status == JobStatus.DONE


def test_results_and_the_end_are_one_transaction(handler):
    job = make_job()

    def work(running):
        with running.finishing():
            Lease.objects.create(name="a result")
            raise InvalidInput("the last moment", field="x")

    handler(work)
    run(job.pk)

    job.refresh_from_db()
    assert not Lease.objects.filter(name="a result").exists()
    assert (job.status, job.error) == (JobStatus.FAILED, "the last moment")


def test_cancelling_a_waiting_job_ends_it_at_once(handler):
    job = jobs.request_cancel(make_job())

    run(job.pk)

    job.refresh_from_db()
    assert (job.status, job.attempts) == (JobStatus.CANCELLED, 0)


def test_cancelling_a_running_job_stops_it_at_its_next_step(handler, monkeypatch):
    monkeypatch.setattr(context, "REPORT_EVERY_S", 0.0)
    job = make_job()
    steps = []

    def work(running):
        for step in range(100):
            steps.append(step)
            running.report(step, 100)
            if step == 3:
                jobs.request_cancel(running.job)

    handler(work)
    run(job.pk)

    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED
    assert len(steps) <= 6


def test_cancelling_what_has_ended_is_a_conflict(handler):
    job = make_job()
    run(job.pk)

    with pytest.raises(Conflict, match="already ended"):
        jobs.request_cancel(job)


def test_an_unexpected_error_tells_the_job_and_no_secret(handler):
    job = make_job()

    def work(running):
        raise RuntimeError("password=hunter2")

    handler(work)
    run(job.pk)

    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert str(job.pk) in job.error
    assert "hunter2" not in job.error


def test_a_job_that_kills_its_workers_is_given_up(handler):
    job = make_job(attempts=5, max_attempts=5)

    run(job.pk)

    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert "5" in job.error


def test_a_stopping_process_puts_its_job_back(handler, monkeypatch):
    stop = threading.Event()
    monkeypatch.setattr(context, "stopping", stop)
    job = make_job()

    def work(running):
        stop.set()
        running.report(1, 10)

    handler(work)
    run(job.pk)

    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED
    assert job in Job.objects.claimable()


def test_the_sweep_offers_what_the_queue_lost(handler, monkeypatch):
    offered = []
    monkeypatch.setattr(services, "_offer", lambda job: offered.append(job.pk))
    long_ago = clock.now() - timedelta(hours=1)
    waiting = make_job(hinted_at=long_ago)
    abandoned = make_job(
        hinted_at=long_ago, status=JobStatus.RUNNING, lease_until=long_ago
    )
    make_job()  # hinted just now
    make_job(status=JobStatus.DONE, hinted_at=long_ago)

    services.sweep()
    services.sweep()

    assert sorted(offered) == [waiting.pk, abandoned.pk]


def test_the_lease_is_renewed_while_the_work_says_nothing(handler):
    knobs.change("jobs.lease_s", 0.5)
    job = make_job()
    seen = []

    def work(running):
        threading.Event().wait(1.2)
        seen.append(services.claim(job.pk))

    handler(work)
    run(job.pk)

    assert seen == [None]
    assert Job.objects.get(pk=job.pk).status == JobStatus.DONE
