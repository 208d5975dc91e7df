"""The last backtests in a few words and a spark, and whether all strategies load."""

from typing import Any

from django.urls import reverse

from apps.strategies.models import Backtest, Strategy


def recent_backtests(user: Any, most: int = 6) -> list[dict[str, Any]]:
    """Finished ones this person may see, newest first."""
    rows = Backtest.objects.visible_to(user).done().with_names()[:most]
    return [
        {
            "title": backtest.version.strategy.title,
            "instrument": backtest.series.instrument.symbol,
            "exchange": backtest.series.instrument.exchange.name,
            "timeframe": backtest.series.timeframe,
            "is_synthetic": backtest.series.is_synthetic,
            "total_return": backtest.total_return,
            "max_drawdown": backtest.max_drawdown,
            "spark": backtest.spark,
            "created_at": backtest.created_at,
            "url": reverse("admin:strategies_backtest_change", args=[backtest.pk]),
        }
        for backtest in rows
    ]


def has_own_backtest(user: Any) -> bool:
    return Backtest.objects.filter(owner=user).exists()


def strategy_counts() -> dict[str, int]:
    """How many strategies there are, and how many cannot be imported."""
    errors = Strategy.objects.filter(is_present=True).values_list("error", flat=True)
    found = list(errors)
    return {"total": len(found), "broken": sum(1 for error in found if error)}
