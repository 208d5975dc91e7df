"""Real processes: a simulator at many times the clock's pace, and feeds to kill."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections

from apps.markets.models import Exchange, Instrument


class Street:
    """Starts the project's own commands on the test's database, and ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cashup.settings.local",
            "CASHUP_VAR": str(folder),
            "DATABASE_URL": database_url(),
            "LOG_LEVEL": "INFO",
        }
        self.log = (folder / "log.txt").open("ab")
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, output: Any = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=output or self.log,
            stderr=self.log,
        )
        self.running.append(process)
        return process

    def simulator(self, speed: float) -> str:
        """Its address."""
        process = self.start("simulator", "--speed", str(speed), output=subprocess.PIPE)
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        found = re.search(r"http://\S+?:\d+", line)
        assert found, line
        return found[0]

    def said(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")

    def stop_all(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.log.close()


@contextmanager
def street(folder: Path) -> Iterator[Street]:
    folder.mkdir(parents=True, exist_ok=True)
    made = Street(folder)
    try:
        yield made
    finally:
        made.stop_all()


def database_url() -> str:
    """Of the test's own database, for other processes."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        name = str(values["NAME"])
        if name == ":memory:" or "memory" in name:
            pytest.skip("other processes cannot reach a database in memory")
        return f"sqlite:///{name}"
    user, password = values["USER"], values["PASSWORD"]
    host, port = values["HOST"] or "localhost", values["PORT"] or 5432
    return f"postgres://{user}:{password}@{host}:{port}/{values['NAME']}"


def markets_at(url: str, *names: str) -> list[Instrument]:
    exchange = Exchange.objects.create(
        code="sim",
        name="Simulator",
        ccxt_id="gate",
        rest_url=f"{url}/api/v4",
        is_simulator=True,
    )
    return [
        Instrument.objects.create(
            exchange=exchange,
            symbol=name.replace("_", "/"),
            exchange_symbol=name,
            base=name.partition("_")[0],
            quote=name.partition("_")[2],
        )
        for name in names
    ]


def wait_for(ready: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Poll another process for something; the answer, or a failure that says what."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


def forget_connections() -> None:
    connections.close_all()
