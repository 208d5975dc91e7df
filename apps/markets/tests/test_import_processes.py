"""Imports that are killed, and imports that meet: real processes, one database."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.markets.candles.files import write_parquet
from apps.markets.factories import make_bars

NAME = "BINANCE_BTC-USDT_1h.parquet"
Query = Callable[[str], list[tuple]]

_PREPARE = """
import django, sys, time
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {database!r}
django.setup()
from pathlib import Path
from apps.markets import services
from apps.markets.candles import store
def say(text): print(text, flush=True)
"""
_IMPORT = """
try:
    services.import_file(Path(sys.argv[1]))
    say("imported")
except Exception as error:
    say(type(error).__name__ + ": " + str(error))
"""
# The chunks are written, the sums and the commit are still to come.
_STALL_IN_TRANSACTION = """
def stall(series):
    say("stalled")
    time.sleep(60)
store._sum_up = stall
"""
# A busy machine may need longer to start the second process than a lease lasts.
_WAIT_BEFORE_WRITING = """
from functools import partial
store.held = partial(store.held, ttl_s=600)
ready = store.prepared
def wait(*args):
    say("waiting")
    sys.stdin.readline()
    return ready(*args)
store.prepared = wait
"""


@pytest.fixture
def database(transactional_db, tmp_path) -> str:
    """A database that other processes see; SQLite's is copied out of memory."""
    if connection.vendor == "postgresql":
        return str(connection.settings_dict["NAME"])
    with connection.cursor(), sqlite3.connect(tmp_path / "test.sqlite3") as file:
        connection.connection.backup(file)
    return str(tmp_path / "test.sqlite3")


@pytest.fixture
def query(database) -> Query:
    def ask(sql: str) -> list[tuple]:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        with sqlite3.connect(database) as file:
            return file.execute(sql).fetchall()

    return ask


@pytest.fixture
def start(database) -> Iterator[Callable[[str, Path], subprocess.Popen]]:
    started = []

    def run(code: str, file: Path) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", _PREPARE.format(database=database) + code, file],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def heard(process: subprocess.Popen) -> str:
    return process.stdout.readline().strip()


@pytest.fixture
def files(tmp_path) -> tuple[Path, Path]:
    """An older file, and a newer one that changes some of its candles and adds more."""
    made = []
    for place, bars in enumerate([make_bars(24 * 40), make_bars(24 * 90, seed=2)]):
        (tmp_path / str(place)).mkdir()
        made.append(tmp_path / str(place) / NAME)
        write_parquet(bars, made[-1])
    return made[0], made[1]


SERIES = "SELECT bar_count, last_ms, data_hash FROM markets_series"
CHUNKS = "SELECT month, bar_count, sha256 FROM markets_candlechunk ORDER BY month"


def test_a_killed_import_leaves_the_old_candles_whole(start, query, files):
    older, newer = files
    first = start(_IMPORT, older)
    assert heard(first) == "imported"
    before = query(SERIES), query(CHUNKS)

    second = start(_STALL_IN_TRANSACTION + _IMPORT, newer)
    assert heard(second) == "stalled"
    os.kill(second.pid, signal.SIGKILL)
    second.wait()

    assert (query(SERIES), query(CHUNKS)) == before
    assert before[0][0][0] == 24 * 40


def test_a_killed_first_import_leaves_nothing(start, query, files):
    process = start(_STALL_IN_TRANSACTION + _IMPORT, files[0])
    assert heard(process) == "stalled"

    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    assert query(SERIES) == query(CHUNKS) == []


def test_of_two_imports_at_once_one_wins(start, query, files):
    older, newer = files
    first = start(_WAIT_BEFORE_WRITING + _IMPORT, newer)
    assert heard(first) == "waiting"

    second = start(_IMPORT, older)

    told = heard(second)
    assert told.startswith("ImportRunning: another import of BTC/USDT 1h is running")
    assert query(SERIES) == []
    first.stdin.write("\n")
    first.stdin.flush()
    assert heard(first) == "imported"
    assert [row[0] for row in query(SERIES)] == [24 * 90]
