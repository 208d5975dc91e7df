"""Rows that tests of backtests start from."""

from typing import Any

from apps.common.jobs.runner import run
from apps.markets.candles.bars import Bars
from apps.markets.candles.store import write_bars
from apps.markets.models import Series
from apps.markets.services import ensure_series
from apps.markets.synthetic import SyntheticMarket, minute_bars
from apps.strategies.models import Backtest
from apps.strategies.services import BacktestRequest, request_backtest

START_MS = 1_700_006_400_000  # 2023-11-15 00:00 UTC
MARKET = SyntheticMarket(first_price=100, tick_size=0.01, lot_size=0.001, volume=10)


def make_minutes(days: int = 2) -> Bars:
    return minute_bars(MARKET, start_ms=START_MS, days=days, seed=7)


def make_series(symbol: str = "BTC/USDT", days: int = 2) -> Series:
    series = ensure_series("test", symbol, "1m")
    write_bars(series, make_minutes(days))
    series.refresh_from_db()
    return series


def make_backtest(*, owner: Any = None, **changes: Any) -> Backtest:
    """One that waits."""
    wanted = {"strategy": "ema_cross", "series": changes.get("series") or make_series()}
    request = BacktestRequest(**{**wanted, **changes})
    return request_backtest(request, owner=owner, is_offered=False)


def make_finished(**changes: Any) -> Backtest:
    backtest = make_backtest(**changes)
    run(backtest.job_id)
    return Backtest.objects.with_names().get(pk=backtest.pk)
