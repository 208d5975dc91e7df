"""Asking for a backtest: everything is checked before anything is stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.common import clock, jobs
from apps.common.errors import Conflict, InvalidFields, InvalidInput, NotFound
from apps.markets.models import Series
from apps.strategies import artefacts
from apps.strategies.backtest.options import Options
from apps.strategies.jobs import BACKTEST
from apps.strategies.models import Backtest
from apps.strategies.registry import Entry, find
from apps.strategies.services.catalogue import version_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRequest:
    """What a form, the API or the command line asks for; values may be text."""

    strategy: str
    series: Series
    parameters: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    start_at: datetime | None = None
    end_at: datetime | None = None


def request_backtest(
    request: BacktestRequest, *, owner: Any = None, is_offered: bool = True
) -> Backtest:
    """Store the question and put it in line.

    Raises InvalidFields, each error under its field's name; nothing is stored then.
    """
    entry, parameters, options = check(request)
    with transaction.atomic():
        version = version_of(entry)
        job = jobs.enqueue(
            kind=BACKTEST,
            title=f"{version.strategy.title} · {request.series}",
            owner=owner,
            is_offered=is_offered,
        )
        return Backtest.objects.create(
            job=job,
            owner=owner,
            version=version,
            series=request.series,
            parameters=parameters,
            options=options.values(),
            start_at=request.start_at,
            end_at=request.end_at,
        )


def check(request: BacktestRequest) -> tuple[Entry, dict[str, Any], Options]:
    """The strategy, its full parameters and the options.

    Raises InvalidFields; fields are named as in a request: ``parameters.fast``.
    """
    errors: dict[str, str] = {}
    entry = _collect(
        errors, "", lambda: find(request.strategy, settings.STRATEGY_FOLDERS)
    )
    parameters = None
    if entry is not None:
        ask = partial(parameter_values, entry, request.parameters)
        parameters = _collect(errors, "parameters.", ask)
    options = _collect(errors, "options.", lambda: Options(**request.options))
    _collect(errors, "", lambda: _check_period(request))
    if errors or entry is None or parameters is None or options is None:
        raise InvalidFields(errors)
    return entry, parameters, options


def parameter_values(entry: Entry, given: Mapping[str, object]) -> dict[str, Any]:
    """Every parameter's value, defaults included. Raises InvalidInput."""
    assert entry.strategy is not None
    return entry.strategy(**given).values()


@transaction.atomic
def delete(backtest: Backtest) -> None:
    """Remove a backtest that has ended, its job and its files.

    Raises Conflict while it is queued or running.
    """
    if not backtest.job.is_ended:
        raise Conflict(_("The backtest is still running; cancel it first."))
    artefact, job = backtest.artefact, backtest.job
    backtest.delete()
    job.delete()
    transaction.on_commit(lambda: artefacts.remove(artefact))


def _check_period(request: BacktestRequest) -> None:
    start, end, series = request.start_at, request.end_at, request.series
    if start and end and start >= end:
        rule = _("The period ends %(end)s and must end after its start %(start)s.")
        facts = {"start": f"{start:%Y-%m-%d %H:%M}", "end": f"{end:%Y-%m-%d %H:%M}"}
        raise InvalidInput(rule % facts, field="end_at")
    if series.first_ms is None or series.last_ms is None:
        rule = _("%(series)s has no candles; import some.") % {"series": series}
        raise InvalidInput(rule, field="series")
    if (start and clock.to_ms(start) > series.last_ms) or (
        end and clock.to_ms(end) <= series.first_ms
    ):
        rule = _(
            "%(series)s has candles from %(first)s to %(last)s; "
            "none lie in this period."
        )
        first, last = clock.iso(series.first_ms), clock.iso(series.last_ms)
        facts = {"series": str(series), "first": first, "last": last}
        raise InvalidInput(rule % facts, field="start_at")


def _collect(errors: dict[str, str], prefix: str, ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except InvalidFields as error:
        errors.update(
            {f"{prefix}{field}": text for field, text in error.errors.items()}
        )
    except (InvalidInput, NotFound) as error:
        errors[f"{prefix}{error.field}".rstrip(".")] = error.message
    return None
