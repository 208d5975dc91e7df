"""Synchronising 3,000 instruments from the simulator, over sockets, into the database.

Runs in a process of its own with a scratch database: SQLite always, PostgreSQL where it
answers. The exchange library is loaded before the clock starts, as in a worker.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.table import Row
from tests import servers

ROOT = Path(__file__).resolve().parents[1]
COUNT = 3_000
LIMIT_S = 5.0
CASES = ("all new", "none changed", "all changed", "all delisted")


def rows() -> list[Row]:
    """The ways a list may differ, on each database."""
    with tempfile.TemporaryDirectory() as folder:
        found = _on_each(Path(folder))
    return [
        Row(
            f"{COUNT:,} instruments, {case}, {database}",
            seconds[case],
            "s",
            LIMIT_S,
            f"<= {LIMIT_S:g} s",
            seconds[case] <= LIMIT_S,
        )
        for database, seconds in found.items()
        for case in CASES
    ]


def _on_each(folder: Path) -> dict[str, dict[str, float]]:
    sqlite = {"DATABASE_URL": f"sqlite:///{folder}/instruments.sqlite3"}
    found = {"SQLite": _measured_elsewhere(folder, sqlite)}
    if not servers.missing():
        with servers.environment(f"cashup_bench_{os.getpid()}") as settings:
            found["PostgreSQL"] = _measured_elsewhere(folder, settings)
    return found


def _measured_elsewhere(folder: Path, settings: dict[str, str]) -> dict[str, float]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cashup.settings.test",
        **settings,
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.instruments", str(folder)],
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

    from apps.markets.models import Instrument
    from apps.markets.services.exchanges import check_exchange
    from apps.markets.services.instruments import sync_instruments
    from apps.markets.tests import exchange_room

    settings.VAR_DIR = folder / "var"
    call_command("migrate", verbosity=0)
    with exchange_room.room() as room:
        exchange = exchange_room.make_exchange(room.url)
        check_exchange(exchange)
        markets = _fill(room)
        sync = lambda: sync_instruments(exchange)  # noqa: E731
        spent = [_timed(sync), _timed(sync)]
        _change(room, markets)
        spent.append(_timed(sync))
        _drop(room, markets[1:])
        # Missing once is not believed; the second list is.
        sync()
        spent.append(_timed(sync))
        assert Instrument.objects.count() == COUNT
        assert Instrument.objects.active().count() == 1
    return dict(zip(CASES, spent, strict=True))


def _fill(room: Any) -> list[Any]:
    venue = room.simulator.exchange.venue
    like = venue.instruments["BTC_USDT"]
    more = [f"C{number}" for number in range(COUNT - len(venue.instruments))]
    made = [replace(like, id=f"{name}_USDT", base=name) for name in more]
    room.do(lambda: [venue.set_instrument(market) for market in made])
    return list(venue.instruments.values())


def _change(room: Any, markets: list[Any]) -> None:
    """Another tick, lot and fee for each."""
    venue = room.simulator.exchange.venue
    changed = [
        replace(
            market,
            price_precision=market.price_precision + 1,
            amount_precision=market.amount_precision - 1,
            taker_fee=market.taker_fee / 2,
        )
        for market in markets
    ]
    room.do(lambda: [venue.set_instrument(market) for market in changed])


def _drop(room: Any, markets: list[Any]) -> None:
    venue = room.simulator.exchange.venue
    room.do(lambda: [venue.instruments.pop(market.id) for market in markets])


def _timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(f"\n{json.dumps(_measure(Path(sys.argv[1])))}\n")
