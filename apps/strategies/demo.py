"""Something to look at on the first page: synthetic candles, finished backtests."""

from django.utils.translation import gettext_noop as _

from apps.common import jobs
from apps.common.jobs import JobContext
from apps.common.jobs.context import JobInterrupted
from apps.common.models import Job
from apps.markets import back_room
from apps.markets.services.demo import load_demo as load_demo_candles
from apps.markets.services.demo import request_minutes
from apps.strategies.jobs import DEMO
from apps.strategies.models import Backtest
from apps.strategies.services import BacktestRequest, request_backtest, sync_strategies

TITLE = _("Demo: synthetic market and first backtests")
# One of each, on the timeframe where its parameters make sense.
RUNS = (
    ("ema_cross", "BTC/USDT"),
    ("rsi_reversal", "ETH/USDT"),
    ("donchian_breakout", "SOL/USDT"),
)


def request_demo() -> Job | None:
    """Put the demo in line; None when this desk has one, or any backtest, already."""
    if Job.objects.filter(kind=DEMO).exists() or Backtest.objects.exists():
        return None
    return jobs.enqueue(kind=DEMO, title=TITLE)


def load_demo(context: JobContext) -> None:
    """Fetch the market, then ask for the backtests together with the job's end."""
    context.report(0, 1, _("making the market"))
    _await_simulator(context)
    found = {series.instrument.symbol: series for series in load_demo_candles(context)}
    sync_strategies()
    with context.finishing():
        for strategy, symbol in RUNS:
            series = found[symbol]
            request_backtest(BacktestRequest(strategy=strategy, series=series))
        request_minutes()


def _await_simulator(context: JobContext) -> None:
    """After a restart this may run before the simulator beside it: back in line."""
    may_wait = context.job.attempts < context.job.max_attempts
    if may_wait and back_room.address() is None:
        raise JobInterrupted
