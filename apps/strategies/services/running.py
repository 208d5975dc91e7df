"""Running a backtest's job: candles in, an artefact and a row of figures out."""

import time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.common import clock
from apps.common.jobs import JobContext
from apps.markets.candles.bars import Bars
from apps.markets.candles.store import read_bars
from apps.markets.models import Instrument
from apps.strategies import artefacts
from apps.strategies.authoring.strategy import Strategy
from apps.strategies.backtest.engine import run
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.result import Result
from apps.strategies.backtest.rules import InstrumentRules
from apps.strategies.charts import sparkline
from apps.strategies.errors import SourceChanged
from apps.strategies.models import Backtest
from apps.strategies.registry import find

READING = gettext_noop("reading candles")
TESTING = gettext_noop("testing")


def run_backtest(context: JobContext) -> None:
    """Answer the question; safe to run again after a kill."""
    backtest = Backtest.objects.select_related(
        "version__strategy", "series__instrument", "job"
    ).get(job=context.job)
    began = time.perf_counter()
    strategy = _pinned_strategy(backtest)
    context.report(0, 1, READING)
    bars = _pinned_bars(backtest)
    result = run(
        strategy,
        bars,
        options=Options(**backtest.options),
        rules=rules_of(backtest.series.instrument),
        report=lambda done, total: context.report(done, total, TESTING),
    )
    name = artefacts.write(backtest, context.job, result, bars)
    try:
        with context.finishing():
            _answer(backtest, result, bars)
            backtest.artefact = name
            backtest.duration_s = time.perf_counter() - began
            backtest.save()
    except BaseException:
        artefacts.remove(name)
        raise


def rules_of(instrument: Instrument) -> InstrumentRules:
    """The exchange's rules as the engine takes them."""
    return InstrumentRules(
        lot_size=_float(instrument.lot_size),
        tick_size=_float(instrument.tick_size),
        minimum_notional=_float(instrument.minimum_notional),
    )


def _pinned_strategy(backtest: Backtest) -> Strategy:
    version = backtest.version
    entry = find(version.strategy.name, settings.STRATEGY_FOLDERS)
    if entry.source_hash != version.source_hash:
        message = _(
            "%(file)s changed after this backtest was asked for; "
            "run it again to test the new source."
        )
        raise SourceChanged(message % {"file": entry.file.name})
    assert entry.strategy is not None
    return entry.strategy(**backtest.parameters)


def _pinned_bars(backtest: Backtest) -> Bars:
    """The period's bars, and on the series the hash of exactly their data."""
    series = backtest.series
    while True:
        bars = read_bars(
            series,
            clock.to_ms(backtest.start_at) if backtest.start_at else None,
            clock.to_ms(backtest.end_at) if backtest.end_at else None,
        )
        before = series.data_hash
        series.refresh_from_db(fields=["data_hash"])
        # An import may have ended between the two looks: then look again.
        if series.data_hash == before:
            return bars


def _answer(backtest: Backtest, result: Result, bars: Bars) -> None:
    answer = result.to_dict()
    figures = answer["figures"]
    backtest.hold_figures = figures.pop("buy_and_hold")
    backtest.figures = figures
    backtest.open_position = answer["open_position"]
    backtest.refusal_count = len(result.refusals)
    backtest.total_return = figures["total_return"]
    backtest.max_drawdown = figures["max_drawdown"]
    backtest.trade_count = figures["trades"]
    backtest.final_equity = Decimal(repr(result.final_equity)).quantize(
        Decimal("1e-18")
    )
    backtest.spark = sparkline(result.equity)
    backtest.pinned = _pinned(backtest, result, bars)


def _pinned(backtest: Backtest, result: Result, bars: Bars) -> dict[str, Any]:
    return {
        "source_hash": backtest.version.source_hash,
        "data_hash": backtest.series.data_hash,
        "engine_version": result.engine_version,
        "rules": result.rules.to_dict(),
        "bars": len(bars),
        "first_ms": int(bars.time_ms[0]),
        "last_ms": int(bars.time_ms[-1]),
        "halted_ms": result.halted_ms,
        "worker": backtest.job.lease_holder,
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
