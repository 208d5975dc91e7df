"""A download whose process is killed: the next one asks only for the rest."""

import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from apps.common.jobs.runner import run
from apps.common.models import Job
from apps.markets.models import Series
from apps.markets.simulator.web.launch import Plan
from apps.markets.tests.history.stage import ask, series_of, simulated

pytestmark = pytest.mark.django_db(transaction=True)

SYMBOLS = ["BTC/USDT", "ETH/USDT"]
DAYS = 6
PAGES = 2 * 9
_WORK = """
import os, sys
os.environ["CASHUP_JOBS_LEASE_S"] = "1"
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.VAR_DIR = sys.argv[2]
django.setup()
from pathlib import Path
settings.VAR_DIR = Path(sys.argv[2])
from apps.markets.services.history import candles
candles.FLUSH_AFTER_S = 0.1
from apps.common.jobs.runner import run
run(int(sys.argv[3]))
"""


@pytest.fixture
def killed(var):
    """Runs a job in a process of its own, and kills that."""
    started = []

    def start(job_id: int) -> subprocess.Popen:
        name = str(connection.settings_dict["NAME"])
        process = subprocess.Popen(
            [sys.executable, "-c", _WORK, name, str(var), str(job_id)],
            cwd=settings.BASE_DIR,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_after_kill_9_only_the_rest_is_asked_for(killed, monkeypatch):
    monkeypatch.setenv("CASHUP_JOBS_LEASE_S", "1")
    with simulated(Plan(seed=42)) as stage:
        stage.fault("delay_response", ms=500)
        download = ask(stage, SYMBOLS, "1m", DAYS)
        process = killed(download.job_id)
        stored = wait_for(lambda: Series.objects.filter(bar_count__gte=1000).first())
        process.kill()
        process.wait()
        before = sum(Series.objects.values_list("bar_count", flat=True))
        stage.journal.clear()
        stage.journal.heard.clear()
        # The dead worker's leases run out first.
        wait_for(lambda: Job.objects.abandoned().first())
        run(download.job_id)

        download.job.refresh_from_db()
        assert stored is not None
        assert download.job.status == "done", download.job.error
        assert download.job.attempts == 2
        asked = len(stage.journal.times())
        assert asked <= PAGES - before // 1000 + len(SYMBOLS)
        for symbol in SYMBOLS:
            series = series_of(stage, symbol, "1m")
            assert (series.bar_count, series.missing_count) == (DAYS * 1440, 0)


def wait_for(found, within_s: float = 60.0):
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if answer := found():
            return answer
        time.sleep(0.02)
    raise AssertionError("nothing came")
