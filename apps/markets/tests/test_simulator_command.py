"""The command: what its arguments make, over its own sockets, and what is refused."""

import io
import json
import os
import re
import signal
import threading
import time
import urllib.request
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from apps.markets import back_room
from apps.markets.factories import JANUARY_2024_MS, make_bars, make_stored
from apps.markets.simulator.web.launch import account_of

HOUR_MS = 3_600_000


class Said(io.StringIO):
    """The command's output; ``ready`` is set when its last line is there."""

    def __init__(self):
        super().__init__()
        self.ready = threading.Event()

    def flush(self):
        if "X-Sim-Token" in self.getvalue():
            self.ready.set()


class Served:
    """The running command's addresses, as it told them."""

    def __init__(self, said):
        self.rest = re.search(r"REST (\S+)", said)[1]
        self.sim, self.token = re.search(r"(\S+) with X-Sim-Token (\S+)", said).groups()

    def get(self, path):
        with urllib.request.urlopen(self.rest + path, timeout=10) as answer:
            return json.load(answer)

    def tell(self, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            self.sim + path, data, {"X-Sim-Token": self.token}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


def run(ask, *arguments):
    """What ``ask`` finds while the command runs; then it is ended by its signal."""
    said, found = Said(), []

    def visit():
        if not said.ready.wait(30):
            return
        try:
            found.append(ask(Served(said.getvalue())))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=visit)
    visitor.start()
    call_command("simulator", *arguments, stdout=said)
    visitor.join()
    return found[0]


def steps_on(hours, path):
    """Step on and ask."""

    def ask(served):
        served.tell("/clock", {"advance_ms": hours * HOUR_MS})
        return served.get(path)

    return ask


@pytest.mark.django_db(transaction=True)
def test_stored_candles_are_replayed():
    bars = make_bars(48)
    make_stored(bars)
    hour = JANUARY_2024_MS // 1000
    span = f"from={hour}&to={hour + 47 * 3600}"
    path = f"/spot/candlesticks?currency_pair=BTC_USDT&interval=1h&{span}"
    series = "BTC_USDT=binance BTC/USDT 1h"
    source = ["--source", "replay", "--replay", series, "--tick", "0.0001"]

    rows = run(steps_on(48, path), *source, "--speed", "0")

    assert [int(row[0]) * 1000 for row in rows] == bars.time_ms.tolist()
    assert [float(row[2]) for row in rows] == [round(c, 4) for c in bars.close]


@pytest.mark.django_db(transaction=True)
def test_a_file_of_trades_is_replayed(tmp_path):
    columns = {
        "timestamp": [JANUARY_2024_MS, JANUARY_2024_MS + 700],
        "price": [100.0, 101.5],
        "size": [1.0, 0.25],
        "side": ["buy", "sell"],
    }
    pq.write_table(pa.table(columns), tmp_path / "trades.parquet")
    source = ["--source", "replay", "--replay", f"BTC_USDT={tmp_path}/trades.parquet"]

    trades = run(
        steps_on(1, "/spot/trades?currency_pair=BTC_USDT"), *source, "--speed", "0"
    )

    found = [
        (one["create_time_ms"].split(".")[0], float(one["price"]), one["side"])
        for one in trades[::-1]
    ]
    assert found == [
        (str(JANUARY_2024_MS), 100, "buy"),
        (str(JANUARY_2024_MS + 700), 101.5, "sell"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_mirror_shows_what_is_told_to_it():
    snapshot = {"kind": "snapshot", "instrument": "PEPE_USDT", "last_id": 1}
    levels = {"bids": [["0.00000123", "5"]], "asks": [["0.00000124", "7"]]}

    def ask(served):
        answer = served.tell("/mirror", {"messages": [{**snapshot, **levels}]})
        return answer, served.get("/spot/order_book?currency_pair=PEPE_USDT")

    mirror = ["--source", "mirror", "--mirror", "PEPE_USDT:0.00000001:1"]
    answer, book = run(ask, *mirror)

    assert answer == {"taken": 1, "refused": []}
    assert [float(book[side][0][0]) for side in ("bids", "asks")] == [1.23e-6, 1.24e-6]


def test_account_is_key_secret_and_deposits():
    account = account_of("k:s:USDT=10000,btc=0.5")

    assert (account.key, account.secret) == ("k", "s")
    assert account.deposits == {"USDT": Decimal(10_000), "BTC": Decimal("0.5")}
    assert "'s'" not in repr(account)


@pytest.mark.django_db(transaction=True)
def test_the_desk_finds_a_simulator_of_another_process():
    def ask(served):
        try:
            end = time.monotonic() + 20
            while back_room.address() is None and time.monotonic() < end:
                time.sleep(0.05)
            return back_room.address(), served.rest
        finally:
            connection.close()

    address, rest = run(ask)

    assert rest == f"{address}/api/v4"
    assert back_room.address() is None


BAD = {
    "no account": (["--account", "k:s"], "an account is"),
    "no amount": (["--account", "k:s:USDT"], "not a number"),
    "negative deposit": (["--account", "k:s:USDT=-1"], "not an amount"),
    "speed below zero": (["--speed=-1"], "is not from 0"),
    "replay of nothing": (["--source", "replay"], "needs --replay"),
    "replay without a pair": (["--source", "replay", "--replay", "x"], "is not"),
    "mirror without steps": (["--mirror", "BTC_USDT"], "is not BTC_USDT:0.1"),
    "mirror of no pair": (["--mirror", "BTC:0.1:0.1"], "is not BTC_USDT:0.1"),
    "mirror at speed": (["--source", "mirror", "--speed", "10"], "real time"),
    "speed of nan": (["--speed", "nan"], "speed nan"),
    "speed beyond": (["--speed", "1e9"], "is not from 0 to 100000"),
    "tick of nan": (["--tick", "nan"], "not a finite number"),
    "tick of two": (["--tick", "0.2"], "is none of"),
    "lot of nothing": (["--lot", "0"], "is none of"),
    "unknown limit fill": (["--limit-fill", "never"], "invalid choice"),
    "replay of an unknown series": (
        ["--source", "replay", "--replay", "BTC_USDT=binance BTC/USDT 1h"],
        "no candles of",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD)
def test_bad_argument_is_refused_in_words(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("simulator", *arguments)
