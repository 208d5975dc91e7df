"""The candle store: a year of minutes from the database into numpy, and from a file.

Runs in a process of its own with a scratch database, so that it neither touches the
desk's data nor inherits a warm cache.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.table import Row

ROOT = Path(__file__).resolve().parents[1]
DAYS = 365
REPEATS = 15
COLD_MS, WARM_MS, IMPORT_MS = 60.0, 5.0, 1500.0


def rows() -> list[Row]:
    """The best of fifteen runs, of three imports: other work only adds to a time."""
    with tempfile.TemporaryDirectory() as folder:
        found = _measured_elsewhere(folder)
    bars = f"{DAYS * 1440:,} bars"
    return [
        _row(f"store to numpy, cold, {bars}", found["cold_ms"], COLD_MS),
        _row(f"store to numpy, warm, {bars}", found["warm_ms"], WARM_MS),
        _row(f"Parquet to store, {bars}", found["import_ms"], IMPORT_MS),
        Row(f"stored size, {bars}", found["stored_mb"], "MB", None, "", None),
    ]


def _row(name: str, value: float, limit_ms: float) -> Row:
    goal = f"<= {limit_ms:g} ms"
    return Row(name, value, "ms", limit_ms, goal, value <= limit_ms)


def _measured_elsewhere(folder: str) -> dict[str, float]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cashup.settings.test",
        "DATABASE_URL": f"sqlite:///{folder}/candles.sqlite3",
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.candles", folder],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(folder: Path) -> dict[str, float]:
    """Runs where Django is set up on the scratch database."""
    from django.conf import settings
    from django.core.management import call_command

    from apps.markets.candles import cache, store
    from apps.markets.candles.files import write_parquet
    from apps.markets.services import delete_series, import_file
    from apps.markets.synthetic import SyntheticMarket, minute_bars

    settings.CANDLE_CACHE_DIR = folder / "cache"
    call_command("migrate", verbosity=0)
    market = SyntheticMarket(42_000, 0.1, 0.00001, 1.4)
    year = minute_bars(market, start_ms=1_704_067_200_000, days=DAYS, seed=1)
    file = folder / "X_BTC-USDT_1m.parquet"
    write_parquet(year, file)

    imports = []
    for repeat in range(3):
        spent, done = _timed(lambda: import_file(file))
        imports.append(spent)
        series = done.series
        if repeat < 2:
            delete_series(series)
    stored = sum(map(len, series.chunks.values_list("data", flat=True)))

    def cold() -> float:
        cache.flush()
        for kept in settings.CANDLE_CACHE_DIR.glob("*"):
            kept.unlink()
        return _timed(lambda: _touched(store.read_bars(series)))[0]

    def warm() -> float:
        return _timed(lambda: _touched(store.read_bars(series)))[0]

    cold_ms = min(cold() for _repeat in range(REPEATS))
    cache.flush()
    warm_ms = min(warm() for _repeat in range(REPEATS))
    return {
        "cold_ms": cold_ms,
        "warm_ms": warm_ms,
        "import_ms": min(imports),
        "stored_mb": stored / 1e6,
    }


def _touched(bars: Any) -> float:
    """Read every column: mapping a file without looking at it would cost nothing."""
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume, bars.time_ms)
    return float(sum(column.sum() for column in columns))


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    result = work()
    return (perf_counter() - start) * 1000, result


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(_measure(Path(sys.argv[1]))))
