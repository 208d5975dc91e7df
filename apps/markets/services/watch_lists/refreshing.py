"""The job that refreshes an exchange's watch-lists."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.common import clock
from apps.common.errors import CashUpError
from apps.common.jobs import JobContext
from apps.common.jobs.context import JobCancelled, JobInterrupted
from apps.common.leases import LeaseHeld, LeaseLost, held
from apps.markets.gateways.errors import RateLimited
from apps.markets.models import Exchange, WatchList
from apps.markets.services.watch_lists import asking
from apps.markets.services.watch_lists.judging import (
    apply,
    kinds_of,
    note_failure,
    verdicts_of,
)
from apps.markets.services.watch_lists.knowing import Quotes, write_snapshot
from apps.markets.watching.facts import Quote24h

logger = logging.getLogger(__name__)

ASKING = gettext_noop("asking the exchange")
JUDGING = gettext_noop("judging instruments")
# These end the attempt and say nothing about a list.
STOPS = (JobCancelled, JobInterrupted, LeaseLost)


def run_refresh(context: JobContext) -> None:
    """Ask once, then judge list by list; safe to run again after a kill.

    A list whose lease is held is being refreshed by another, and left to it.
    """
    payload = context.job.payload
    exchange = Exchange.objects.get(pk=payload["exchange"])
    lists = _lists(exchange, payload.get("lists"))
    kinds = {str(kind) for kind in payload.get("kinds", ())}.union(
        *(kinds_of(watch_list) for watch_list in lists)
    )
    context.report(0, len(lists) + 1, ASKING)
    answers: dict[str, Quotes] = {}
    if kinds:
        with _noted(lists):
            answers = asking.ask(exchange, kinds)
    quotes: dict[str, Quote24h] = {}
    for kind, found in answers.items():
        write_snapshot(exchange, kind, found, clock.now())
        quotes.update(found)  # an exchange has a symbol once, whatever its kind
    _refresh_each(context, lists, quotes)


def _refresh_each(context: JobContext, lists: list[WatchList], quotes: Quotes) -> None:
    """One list that fails keeps no other from being refreshed; its error comes last."""
    failed: Exception | None = None
    for number, watch_list in enumerate(lists, start=1):
        context.report(number, len(lists) + 1, JUDGING)
        try:
            with _noted([watch_list]):
                refresh(watch_list, quotes)
        except STOPS:
            raise
        except Exception as error:
            failed = failed or error
    if failed is not None:
        raise failed


def refresh(watch_list: WatchList, quotes: Quotes) -> bool:
    """Judge one list by these figures; False when another process is at it."""
    try:
        with held(f"watch-list:{watch_list.pk}", ttl_s=60) as lease:
            verdicts = verdicts_of(watch_list, quotes)
            return apply(watch_list, verdicts, lease=lease)
    except LeaseHeld:
        logger.info("watch_list.busy", extra={"list_id": watch_list.pk})
        return False


def _lists(exchange: Exchange, named: list[int] | None) -> list[WatchList]:
    """The named ones, or those that are due."""
    rows = WatchList.objects.filter(exchange=exchange).select_related("exchange")
    return list(rows.due() if named is None else rows.filter(pk__in=named))


@contextmanager
def _noted(lists: list[WatchList]) -> Iterator[None]:
    """What goes wrong inside is written on the lists; their members stay."""
    try:
        yield
    except STOPS:
        raise
    except CashUpError as error:
        note_failure(lists, str(error), _again_at(error))
        raise
    except Exception:
        note_failure(lists, _("An unexpected error; the log tells more."), clock.now())
        raise


def _again_at(error: CashUpError) -> datetime:
    """When asking again makes sense, where the exchange said so."""
    if isinstance(error, RateLimited):
        return clock.from_ms(error.until_ms)
    return clock.now()
