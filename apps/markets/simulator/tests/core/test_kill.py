"""kill -9 under load: what was answered is there, and the books balance."""

import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from random import Random

from apps.markets.simulator.core.quirks import NO_QUIRKS
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.tests.core.crowd import sums_of
from apps.markets.simulator.tests.core.killed import CLIENTS

KILLS = int(os.environ.get("CASHUP_KILLS", "5"))
BASE_DIR = Path(__file__).resolve().parents[5]


def test_a_killed_venue_has_everything_it_answered(tmp_path):
    random, answers = Random(3), 0
    for number in range(KILLS):
        # Three lives in one journal: a start from a cut-off journal is killed again.
        folder = tmp_path / f"venue{number // 3}"
        told = run_and_kill(folder, number, random.uniform(0.02, 0.6))
        check_survivor(folder, told)
        answers += len(told)
    assert answers > KILLS * 10


def run_and_kill(folder: Path, seed: int, after_s: float) -> list[tuple[int, str]]:
    """Answers of one life: order id and status."""
    command = (sys.executable, "-m", "apps.markets.simulator.tests.core.killed")
    with subprocess.Popen(
        (*command, str(folder), str(seed)), stdout=subprocess.PIPE, cwd=BASE_DIR
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready 0 ready\n"
        time.sleep(after_s)
        process.kill()
        lines = process.stdout.read().decode().splitlines(keepends=True)
    complete = [line.split() for line in lines if line.endswith("\n")]
    return [(int(number), status) for _, number, status in complete]


def check_survivor(folder: Path, told: list[tuple[int, str]]) -> None:
    venue = Venue.open(folder, quirks=NO_QUIRKS)  # refuses a broken chain
    truth = venue.truth()
    orders = {order["order"]: order for order in truth["orders"]}
    for number, status in told:
        # An order answered as open may have ended since.
        assert orders[number]["status"] == status or status == "open"
    check_balances(venue, truth)
    venue.close()


def check_balances(venue: Venue, truth) -> None:
    assert sums_of(venue) == {
        "USDT": Decimal(10_000) * len(CLIENTS),
        "BTC": Decimal(10) * len(CLIENTS),
    }
    for name in CLIENTS:
        for currency, balance in venue.balances(name).items():
            parts = truth["balances"][name][currency]
            assert Decimal(parts["available"]) == balance.available
            assert Decimal(parts["locked"]) == balance.locked
            held = [
                order.locked
                for order in venue.open_orders(name, limit=100_000)
                if order.locked_currency == currency
            ]
            assert balance.locked == sum(held)
