"""The kinds of long work this room does."""

from apps.common.jobs import Handler, JobContext, register
from apps.common.models import Job

BACKTEST = "backtest"
DEMO = "demo"


def register_all() -> None:
    """Called once when Django starts; the work's modules load with its first run."""
    register(
        Handler(
            kind=BACKTEST, queue="backtests", is_heavy=True, run=_backtest, url=_report
        )
    )
    register(Handler(kind=DEMO, is_heavy=True, run=_demo))


def _backtest(context: JobContext) -> None:
    # numpy, Numba and Arrow cost a second and 150 MB: only workers that test pay it.
    from apps.strategies.services.running import run_backtest

    run_backtest(context)


def _demo(context: JobContext) -> None:
    from apps.strategies.demo import load_demo

    load_demo(context)


def _report(job: Job) -> str:
    from apps.strategies.selectors.reports import report_url

    return report_url(job)
