"""The two ways the command line runs a backtest."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.common import clock
from apps.common.errors import CashUpError, InvalidInput
from apps.common.identity import version
from apps.common.jobs.runner import run as run_job
from apps.common.management.progress import Progress
from apps.common.models import Job
from apps.common.models.jobs import JobStatus
from apps.markets.candles.bars import Bars
from apps.markets.candles.files import read_file
from apps.markets.candles.hashing import bars_hash
from apps.markets.models import Series
from apps.markets.selectors import find_series
from apps.strategies import artefacts
from apps.strategies.backtest import engine
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.result import REFUSAL_FIELDS, TRADE_FIELDS, Result
from apps.strategies.models import Backtest
from apps.strategies.registry import find
from apps.strategies.services import BacktestRequest, request_backtest


def run_on_file(
    *,
    strategy: str,
    data: Path,
    timeframe: str | None,
    start: datetime | None,
    end: datetime | None,
    parameters: dict[str, str],
    options: dict[str, str],
    progress: Progress,
    **_: Any,
) -> dict[str, Any]:
    """Test on a file and store nothing. Raises CashUpError naming field and rule."""
    entry = find(strategy, settings.STRATEGY_FOLDERS)
    assert entry.strategy is not None
    chosen = entry.strategy(**parameters)
    rules = Options(**options)
    progress(0, 0, f"reading {data.name}")
    bars = _period(read_file(data, timeframe=timeframe).bars, start, end)
    result = engine.run(chosen, bars, options=rules, report=progress)
    return _answer(result, f"{entry.name} on {data.name}") | {
        "pinned": {
            "strategy": entry.name,
            "source_hash": entry.source_hash,
            "parameters": chosen.values(),
            "data_file": data.name,
            "data_hash": bars_hash(bars),
            "bars": len(bars),
            "first_ms": int(bars.time_ms[0]),
            "last_ms": int(bars.time_ms[-1]),
            "engine_version": result.engine_version,
            "cashup_version": version(),
        },
    }


def run_on_series(
    *,
    strategy: str,
    exchange: str | None,
    instrument: str | None,
    timeframe: str | None,
    start: datetime | None,
    end: datetime | None,
    parameters: dict[str, str],
    options: dict[str, str],
    progress: Progress,
    **_: Any,
) -> dict[str, Any]:
    """Test on stored candles; the backtest is kept and shown on the desk as well."""
    backtest = request_backtest(
        BacktestRequest(
            strategy=strategy,
            series=_series(exchange, instrument, timeframe),
            parameters=parameters,
            options=options,
            start_at=start,
            end_at=end,
        ),
        is_offered=False,
    )
    run_job(backtest.job_id, lambda job: _show(progress, job))
    backtest.refresh_from_db()
    if backtest.job.status != JobStatus.DONE:
        raise CashUpError(backtest.job.error or f"it was {backtest.job.status}")
    return _stored_answer(backtest)


def _show(progress: Progress, job: Job) -> None:
    progress(job.progress_done, job.progress_total, job.stage or job.status)


def _series(exchange: str | None, symbol: str | None, timeframe: str | None) -> Series:
    for field, value in (("instrument", symbol), ("timeframe", timeframe)):
        if not value:
            raise InvalidInput(
                f"say it with --{field}, or test a file with --data", field=field
            )
    assert symbol and timeframe
    if exchange is None:
        stored = Series.objects.with_candles().filter(instrument__symbol=symbol.upper())
        exchanges = {one.instrument.exchange.code for one in stored.with_market()}
        if len(exchanges) > 1:
            known = ", ".join(sorted(exchanges))
            raise InvalidInput(
                f"{symbol} is stored of {known}; choose one", field="exchange"
            )
        exchange = next(iter(exchanges), "")
    return find_series(exchange=exchange, symbol=symbol, timeframe=timeframe)


def _period(bars: Bars, start: datetime | None, end: datetime | None) -> Bars:
    if start and end and start >= end:
        raise InvalidInput(
            f"{end:%Y-%m-%d} must be after --from {start:%Y-%m-%d}", field="to"
        )
    first, last = int(bars.time_ms[0]), int(bars.time_ms[-1])
    chosen = bars.within(
        clock.to_ms(start) if start else None, clock.to_ms(end) if end else None
    )
    if not len(chosen):
        raise InvalidInput(
            f"the file has candles from {clock.iso(first)} to {clock.iso(last)}; "
            "none lie in this period",
            field="from",
        )
    return chosen


def _answer(result: Result, title: str) -> dict[str, Any]:
    return {"title": title, **result.to_dict()}


def _stored_answer(backtest: Backtest) -> dict[str, Any]:
    return {
        "title": str(backtest),
        "engine_version": backtest.pinned["engine_version"],
        "options": backtest.options,
        "rules": backtest.pinned["rules"],
        "trades": _rows(backtest, "trades", TRADE_FIELDS),
        "refusals": _rows(backtest, "refusals", REFUSAL_FIELDS),
        "open_position": backtest.open_position,
        "final_equity": float(backtest.final_equity or 0),
        "figures": {**backtest.figures, "buy_and_hold": backtest.hold_figures},
        "pinned": {
            **backtest.pinned,
            "strategy": backtest.version.strategy.name,
            "parameters": backtest.parameters,
        },
    }


def _rows(backtest: Backtest, part: str, names: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        artefacts.read(backtest.artefact, part).select(list(names)).to_pylist()
    )
    return rows
