"""Asking for a backtest: every wrong field is named, and nothing is stored."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.common import clock
from apps.common.errors import Conflict, InvalidFields
from apps.common.jobs.runner import run
from apps.common.models import Job
from apps.common.models.jobs import JobStatus
from apps.markets.services import ensure_series
from apps.strategies import artefacts, services
from apps.strategies.backtest.engine import run as run_engine
from apps.strategies.backtest.options import Options
from apps.strategies.library.ema_cross import EmaCross
from apps.strategies.models import Backtest, StrategyVersion
from apps.strategies.selectors import reports
from apps.strategies.tests.factories import (
    START_MS,
    make_backtest,
    make_finished,
    make_minutes,
    make_series,
)

pytestmark = pytest.mark.django_db(transaction=True)

START = clock.from_ms(START_MS)


def errors_of(**changes) -> dict[str, str]:
    with pytest.raises(InvalidFields) as caught:
        make_backtest(**changes)
    assert not Backtest.objects.exists()
    assert not Job.objects.exists()
    return caught.value.errors


def test_every_wrong_field_is_named_at_once():
    errors = errors_of(
        parameters={"fast": 99, "slwo": 3},
        options={"fee": "-1", "sizing": "everything"},
        start_at=START + timedelta(days=1),
        end_at=START,
    )

    assert set(errors) == {
        "parameters.fast",
        "parameters.slwo",
        "options.fee",
        "options.sizing",
        "end_at",
    }
    assert "above the highest allowed value 50" in errors["parameters.fast"]


def test_an_unknown_strategy_is_told_with_a_suggestion():
    errors = errors_of(strategy="ema_crss")

    assert "Did you mean ema_cross?" in errors["strategy"]


def test_a_rule_between_parameters_is_enforced():
    errors = errors_of(parameters={"fast": 30, "slow": 20})

    assert any(field.startswith("parameters") for field in errors)


@pytest.mark.parametrize(
    "period",
    [
        {"start_at": datetime(2030, 1, 1, tzinfo=UTC)},
        {"end_at": datetime(2001, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_period_without_candles_names_the_period_there_is(period):
    errors = errors_of(**period)

    assert "2023-11-15T00:00:00Z" in errors["start_at"]


def test_a_series_without_candles_is_refused():
    errors = errors_of(series=ensure_series("test", "ETH/USDT", "1m"))

    assert "no candles" in errors["series"]


def test_the_stored_result_is_the_engines_own():
    backtest = make_finished(
        parameters={"fast": 5, "slow": 30}, options={"fee": 0.0005}
    )

    bars = make_minutes()
    result = run_engine(
        EmaCross(fast=5, slow=30), bars, options=Options(fee=0.0005, rounding="none")
    )
    assert backtest.job.status == JobStatus.DONE
    assert float(backtest.final_equity) == pytest.approx(result.final_equity, rel=1e-12)
    assert backtest.trade_count == len(result.trades) > 10
    rows = reports.trades(backtest, "entry_ms").to_pylist()
    assert [row["entry_ms"] for row in rows] == result.trades["entry_ms"].tolist()


def test_what_made_the_result_is_pinned():
    backtest = make_finished()

    pinned = backtest.pinned
    assert pinned["data_hash"] == backtest.series.data_hash
    assert pinned["source_hash"] == StrategyVersion.objects.get().source_hash
    assert "class EmaCross" in StrategyVersion.objects.get().source
    assert (pinned["bars"], pinned["first_ms"]) == (2880, START_MS)
    assert backtest.options["fill"] == "next-open"


def test_a_period_is_half_open():
    backtest = make_finished(
        start_at=START + timedelta(hours=1), end_at=START + timedelta(hours=3)
    )

    assert backtest.pinned["bars"] == 120


def test_source_that_changed_since_the_question_is_not_answered():
    backtest = make_backtest()
    StrategyVersion.objects.update(source_hash="0" * 64)

    run(backtest.job_id)

    backtest.job.refresh_from_db()
    assert backtest.job.status == JobStatus.FAILED
    assert "changed after this backtest was asked for" in backtest.job.error


def test_a_finished_backtest_is_deleted_with_its_files():
    backtest = make_finished()
    name = backtest.artefact
    artefacts.read(name, "trades")

    services.delete(backtest)

    artefacts.read.cache_clear()
    assert not Job.objects.exists()
    with pytest.raises(FileNotFoundError):
        artefacts.read(name, "trades")


def test_a_waiting_backtest_is_not_deleted():
    backtest = make_backtest()

    with pytest.raises(Conflict, match="cancel it first"):
        services.delete(backtest)

    assert Backtest.objects.exists()


def test_a_changed_candle_series_gives_another_data_hash():
    series = make_series()
    first = make_finished(series=series)
    make_series(days=3)

    second = make_finished(series=series)

    assert first.pinned["data_hash"] != second.pinned["data_hash"]
