"""A year of minutes of one instrument, downloaded from a simulator of its own process.

What is judged is the processor time of the downloading process, the start of the
exchange library included: how long it takes is the budget's doing, twenty calls a
second. Runs on a scratch database.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.table import Row

ROOT = Path(__file__).resolve().parents[1]
DAYS = 365
CALLS = 526
CPU_S = 8.0


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        found = _measured_elsewhere(folder)
    name = f"download a year of 1m, {found['candles']:,} candles"
    is_whole = found["candles"] == DAYS * 1440 and found["missing"] == 0
    cpu_s = found["cpu_s"]
    goal = f"<= {CPU_S:g} s of CPU, complete"
    return [
        Row(name, cpu_s, "s", CPU_S, goal, cpu_s <= CPU_S and is_whole),
        Row("its calls", found["calls"], "", CALLS, "", None),
        Row("its time, within the budget", found["wall_s"], "s", None, "", None),
    ]


def _measured_elsewhere(folder: str) -> dict[str, float]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cashup.settings.test",
        "DATABASE_URL": f"sqlite:///{folder}/history.sqlite3",
        "CASHUP_VAR": folder,
        "LOG_LEVEL": "WARNING",
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.history", "download"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _exchange() -> Iterator[str]:
    """A simulator in a process of its own; its address."""
    command = [sys.executable, "-m", "benchmarks.history", "exchange"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


async def _simulate() -> None:
    """Until the standard input is closed."""
    from apps.markets.simulator.core.quirks import Quirks
    from apps.markets.simulator.web.launch import Plan, running

    async with running(Plan(seed=42, quirks=Quirks(candle_reach=0))) as simulator:
        print(f"http://{simulator.host}:{simulator.port}", flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _download() -> dict[str, float]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with _exchange() as url:
        return _timed(url)


def _timed(url: str) -> dict[str, float]:
    from apps.common import clock
    from apps.common.jobs.runner import run
    from apps.markets.models import Exchange, Series
    from apps.markets.services.history import DownloadRequest, request_download
    from apps.markets.services.instruments import sync_instruments

    exchange = Exchange.objects.create(
        code="bench",
        name="Bench",
        ccxt_id="gate",
        rest_url=url,
        is_simulator=True,
        is_synthetic=True,
    )
    wall, cpu = perf_counter(), process_time()
    sync_instruments(exchange)
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    download = request_download(
        DownloadRequest(
            exchange=exchange,
            instruments=list(exchange.instruments.filter(symbol="BTC/USDT")),
            timeframes=["1m"],
            start_at=midnight - timedelta(days=DAYS),
            end_at=midnight,
        ),
        is_offered=False,
    )
    run(download.job_id)
    series = Series.objects.get()
    return {
        "cpu_s": process_time() - cpu,
        "wall_s": perf_counter() - wall,
        "calls": download.items.get().call_count,
        "candles": series.bar_count,
        "missing": series.missing_count,
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["exchange"]:
        asyncio.run(_simulate())
    else:
        print(json.dumps(_download()))
