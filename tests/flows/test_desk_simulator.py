"""kill -9 of the whole desk: the exchange inside it forgets nothing it answered."""

import json
import random
import re
import threading
import time
import urllib.error
import urllib.request
from decimal import Decimal
from http.client import HTTPException

import pytest

from apps.markets.simulator.web.signature import rest_signature
from tests.flows.desk import answers, free_port, processes, wait_for

PAIRS = ("BTC_USDT", "ETH_USDT", "SOL_USDT")
ROUNDS = 3
# As long as a few of the exchange's windows for orders, ten a second and pair.
STORM_S = (0.3, 2.0)


class Client:
    """The desk's own account at the simulator, by hand."""

    def __init__(self, url, secret):
        self.url, self.secret = url, secret

    def call(self, method, path, body=None, query=""):
        """Status and answer. Raises OSError or HTTPException without an answer."""
        raw = json.dumps(body).encode() if body else b""
        stamp = str(int(time.time()))
        sign = rest_signature(self.secret, method, f"/api/v4{path}", query, raw, stamp)
        request = urllib.request.Request(
            f"{self.url}/api/v4{path}" + (f"?{query}" if query else ""),
            raw or None,
            {"KEY": "desk", "Timestamp": stamp, "SIGN": sign},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def place(self, pair, **changes):
        order = {"currency_pair": pair, "side": "buy", "amount": "10", "price": "1"}
        return self.call("POST", "/spot/orders", {**order, **changes})

    def market_buy(self, pair):
        kind = {"type": "market", "time_in_force": "ioc", "amount": "1000"}
        return self.place(pair, price="0", **kind)

    def order(self, order):
        query = f"currency_pair={order['currency_pair']}"
        return self.call("GET", f"/spot/orders/{order['id']}", query=query)[1]

    def open_ids(self, pair):
        query = f"currency_pair={pair}&status=open&limit=100"
        return {one["id"] for one in self.call("GET", "/spot/orders", query=query)[1]}

    def balances(self):
        return {
            row["currency"]: (Decimal(row["available"]), Decimal(row["locked"]))
            for row in self.call("GET", "/spot/accounts")[1]
        }


class Desk:
    """One desk that is started again and again on the same folder."""

    def __init__(self, run, var):
        self.run, self.var, self.starts = run, var, 0

    def start(self):
        """The process, and a client of the exchange in it."""
        port = free_port()
        process = self.run.start("manage.py", "serve", "--port", str(port))
        wait_for(lambda: answers(f"http://localhost:{port}"), "the first answer")
        self.starts += 1
        url = wait_for(self._url, "the simulator's start")
        secret = (self.var / "secrets" / "simulator_account_secret").read_text()
        return process, Client(url, secret.strip())

    def _url(self):
        said = (self.var / "log.txt").read_text()
        urls = re.findall(r'"simulator.started".*?"url": "([^"]+)"', said)
        return urls[-1] if len(urls) == self.starts else None


@pytest.fixture
def desk(tmp_path):
    strategies = str(tmp_path / "strategies")
    with processes(tmp_path / "var", STRATEGY_FOLDERS=strategies) as run:
        yield Desk(run, tmp_path / "var")


def storm(client, pair, answered):
    """Place orders until nobody answers any more."""
    while True:
        try:
            status, order = client.place(pair)
        except (OSError, HTTPException, ValueError):
            return
        if status == 201:
            answered.append(order)


def test_a_killed_desk_still_has_every_order_and_balance_that_was_answered(desk):
    process, client = desk.start()
    chance = random.Random(7)
    placed = []
    for _round in range(ROUNDS):
        filled = [client.market_buy(pair)[1] for pair in PAIRS]
        assert [order["finish_as"] for order in filled] == ["filled"] * 3
        cancelled = client.place(PAIRS[0])[1]
        client.call(
            "DELETE",
            f"/spot/orders/{cancelled['id']}",
            query=f"currency_pair={PAIRS[0]}",
        )
        before = client.balances()
        known = {pair: client.open_ids(pair) for pair in PAIRS}
        answered = {pair: [] for pair in PAIRS}
        threads = [
            threading.Thread(target=storm, args=(client, *item))
            for item in answered.items()
        ]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(*STORM_S))

        desk.run.kill(process)
        for thread in threads:
            thread.join()
        process, client = desk.start()

        placed += filled
        assert [client.order(order) for order in placed] == placed
        added = 0
        for pair in PAIRS:
            now_open = client.open_ids(pair)
            ids = {order["id"] for order in answered[pair]}
            assert known[pair] <= now_open
            assert ids <= now_open
            assert cancelled["id"] not in now_open
            added += len(now_open - known[pair])
        assert sum(map(len, answered.values())) > 0
        # An order that was taken but not answered any more locks its money too.
        spent = Decimal(10) * added
        available, locked = before["USDT"]
        after = client.balances()
        assert after.pop("USDT") == (available - spent, locked + spent)
        before.pop("USDT")
        assert after == before
        for pair in PAIRS:
            client.call("DELETE", "/spot/orders", query=f"currency_pair={pair}")
