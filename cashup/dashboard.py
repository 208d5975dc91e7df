"""What the first page shows; each card asks its room, and fails alone."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common import clock, jobs
from apps.common.models import Heartbeat, Job
from apps.common.models.jobs import JobStatus
from apps.markets.models import Series
from apps.markets.selectors import coverage
from apps.strategies.selectors import recent

logger = logging.getLogger(__name__)

JOBS = 6
SERIES = 6
MONTHS = 12
SILENT_AFTER = timedelta(seconds=30)
MISSED_FOR = timedelta(minutes=10)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK. A card that failed is None and says so itself."""
    user = request.user
    cards: dict[str, Callable[[], Any]] = {
        "attention": lambda: attention(user),
        "first_steps": lambda: first_steps(user),
        "recent_backtests": lambda: recent.recent_backtests(user),
        "jobs": lambda: recent_jobs(user),
        "coverage": coverage_rows,
        "strategies": recent.strategy_counts,
        "processes": processes,
    }
    return context | {name: _card(name, ask) for name, ask in cards.items()}


def attention(user: Any) -> list[dict[str, Any]]:
    """What needs a human: the last day's failed jobs, broken strategies."""
    since = clock.now() - timedelta(days=1)
    failed = Job.objects.visible_to(user).filter(
        status=JobStatus.FAILED, finished_at__gte=since
    )
    rows = [
        {
            "severity": "warning",
            "title": _("%(job)s failed") % {"job": _(job.title)},
            "text": job.error,
            "at": job.finished_at,
            "url": jobs.state(job)["url"],
            "action": _("Look at it"),
        }
        for job in failed.order_by("finished_at")
    ]
    if broken := recent.strategy_counts()["broken"]:
        rows.append(
            {
                "severity": "warning",
                "title": _("Strategies that cannot be imported: %(count)s")
                % {"count": broken},
                "text": _("The others are not affected."),
                "at": None,
                "url": reverse("admin:strategies_strategy_changelist"),
                "action": _("Show"),
            }
        )
    return rows


def first_steps(user: Any) -> list[dict[str, Any]]:
    """Three steps to one's own first backtest; nothing once there is one."""
    if recent.has_own_backtest(user):
        return []
    imported = Series.objects.filter(is_synthetic=False, bar_count__gt=0).exists()
    return [
        {
            "title": _("Look at a finished backtest"),
            "text": _("The demo has one for each strategy of the library."),
            "url": reverse("admin:strategies_backtest_changelist"),
            "is_done": False,
        },
        {
            "title": _("Bring your candles, or use the synthetic ones"),
            "text": _("Import a Parquet or CSV file of one-minute to daily candles."),
            "url": reverse("admin:markets_series_changelist"),
            "is_done": imported,
        },
        {
            "title": _("Run your first backtest"),
            "text": _("Choose a strategy, a market and a period; it takes seconds."),
            "url": reverse("admin:strategies_backtest_add"),
            "is_done": False,
        },
    ]


def recent_jobs(user: Any) -> list[dict[str, Any]]:
    rows = Job.objects.visible_to(user).select_related("backtest")[:JOBS]
    return [jobs.state(job) | {"created_at": job.created_at} for job in rows]


def coverage_rows() -> list[dict[str, Any]]:
    """The last twelve months of each series; None before a series begins."""
    rows = []
    for series in Series.objects.with_market().with_candles()[:SERIES]:
        months = coverage(series)[-MONTHS:]
        missing: list[tuple[int | None, float | None]] = [(None, None)]
        ratios = [
            (m.month, m.present / m.expected if m.expected else None) for m in months
        ]
        rows.append(
            {
                "instrument": series.instrument.symbol,
                "timeframe": series.timeframe,
                "is_synthetic": series.is_synthetic,
                "pct": 100 * series.coverage_ratio,
                "months": missing * (MONTHS - len(ratios)) + ratios,
                "url": reverse("admin:markets_series_change", args=[series.pk]),
            }
        )
    return rows


def processes() -> dict[str, int]:
    """How many processes are alive, and how many fell silent a short while ago."""
    now = clock.now()
    beats = Heartbeat.objects.filter(beat_at__gte=now - MISSED_FOR)
    alive = beats.filter(beat_at__gte=now - SILENT_AFTER).count()
    return {"alive": alive, "silent": beats.count() - alive}


def _card(name: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception:  # one broken query must not take the first page away
        logger.exception("dashboard.card_failed", extra={"card": name})
        return None
