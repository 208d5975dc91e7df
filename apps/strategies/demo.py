"""Something to look at on the first page: synthetic candles, finished backtests."""

from django.utils.translation import gettext_noop as _

from apps.common import jobs
from apps.common.jobs import JobContext
from apps.common.models import Job
from apps.markets.models import Series
from apps.markets.services import load_demo as load_demo_candles
from apps.strategies.jobs import DEMO
from apps.strategies.models import Backtest
from apps.strategies.services import BacktestRequest, request_backtest, sync_strategies

TITLE = _("Demo: synthetic market and first backtests")
# One of each, on the timeframe where its parameters make sense.
RUNS = (
    ("ema_cross", "BTC/USDT", "1h"),
    ("rsi_reversal", "ETH/USDT", "1h"),
    ("donchian_breakout", "SOL/USDT", "1h"),
)


def request_demo() -> Job | None:
    """Put the demo in line; None when this desk has one, or any backtest, already."""
    if Job.objects.filter(kind=DEMO).exists() or Backtest.objects.exists():
        return None
    return jobs.enqueue(kind=DEMO, title=TITLE)


def load_demo(context: JobContext) -> None:
    """Make the market, then ask for the backtests together with the job's end."""
    context.report(0, 2, _("making the market"))
    load_demo_candles()
    context.report(1, 2, _("asking for backtests"))
    sync_strategies()
    with context.finishing():
        for strategy, symbol, timeframe in RUNS:
            series = Series.objects.get(
                instrument__symbol=symbol,
                instrument__exchange__is_synthetic=True,
                timeframe=timeframe,
            )
            request_backtest(BacktestRequest(strategy=strategy, series=series))
