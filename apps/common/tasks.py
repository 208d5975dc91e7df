"""Celery's way into the ground: run a job, sweep, drain."""

from celery import shared_task


@shared_task(name="jobs.run")
def run_job(job_id: int) -> None:
    from apps.common.jobs.places import run_somewhere

    run_somewhere(job_id)


@shared_task(name="jobs.sweep")
def sweep_jobs() -> None:
    from apps.common.jobs.services import sweep

    sweep()


@shared_task(name="outbox.drain")
def drain_outbox() -> None:
    from apps.common.events.outbox import drain

    drain()


@shared_task(name="api.forget_keys")
def forget_idempotency_keys() -> None:
    from apps.common.api.idempotency import forget_old

    forget_old()
