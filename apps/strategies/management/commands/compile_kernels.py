"""Compile the engine ahead of its first use."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.markets.synthetic import SyntheticMarket, minute_bars
from apps.strategies.backtest.engine import run
from apps.strategies.backtest.options import Options
from apps.strategies.registry import discover


class Command(BaseCommand):
    # Compiling inside the desk would cost its first backtest ten seconds, and the
    # process 100 MB that it never gives back.
    requires_system_checks = []
    help = "Compile the engine's kernels into their cache; done once at installation."

    def handle(self, *args: Any, **options: Any) -> None:
        market = SyntheticMarket(
            first_price=100, tick_size=0.01, lot_size=0.001, volume=10
        )
        bars = minute_bars(market, start_ms=1_700_006_400_000, days=1, seed=1)
        for entry in discover():
            if entry.strategy:
                run(entry.strategy(), bars, options=Options())
