"""Celery's way into the room: what beat asks for."""

from celery import shared_task


@shared_task(name="markets.check_clocks")
def check_clocks() -> None:
    from apps.markets.services.clocks import check_clocks

    check_clocks()


@shared_task(name="markets.sync_due_instruments")
def sync_due_instruments() -> None:
    from apps.markets.services.scheduling import enqueue_due_syncs

    enqueue_due_syncs()


@shared_task(name="markets.refresh_due_watch_lists")
def refresh_due_watch_lists() -> None:
    from apps.markets.services.watch_lists import offer_due

    offer_due()


@shared_task(name="markets.top_up_history")
def top_up_history() -> None:
    from apps.markets.services.history import offer_due

    offer_due()
