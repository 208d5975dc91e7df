"""A long backtest: watched, cancelled, and finished once after its worker is killed."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.flows.desk import Person, answers, free_port, processes, wait_for

SECONDS = 20.0
BARS = 2000
PEOPLE = """
from apps.accounts.models import User
User.objects.create_superuser("ann", password="a long enough password")
"""
CANDLES = """
from apps.markets.candles.store import write_bars
from apps.markets.services import ensure_series
from apps.markets.synthetic import SyntheticMarket, minute_bars
market = SyntheticMarket(first_price=100, tick_size=0.01, lot_size=0.001, volume=1)
bars = minute_bars(market, start_ms=1_700_000_040_000, days=2, seed=1)
series = ensure_series("test", "BTC/USDT", "1m")
write_bars(series, bars.between(0, 2000))
print(series.pk)
"""


class EmbeddedShape:
    """Everything in one process."""

    def __init__(self, run):
        self.run = run
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.worker = self.run.start(
            "manage.py", "serve", "--no-demo", "--port", str(self.port)
        )
        wait_for(lambda: answers(self.base), "the desk's first answer")

    def kill_worker(self):
        self.run.kill(self.worker)
        self.start()


class ServersShape:
    """Web, two workers and beat as processes on PostgreSQL, Redis and RabbitMQ."""

    def __init__(self, run):
        self.run = run
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.run.start(
            "-m", "uvicorn", "cashup.asgi:application", "--port", str(self.port)
        )
        self.workers = [self._worker(name) for name in ("one", "two")]
        self.run.start("-m", "celery", "-A", "cashup", "beat", "--loglevel", "INFO")
        wait_for(lambda: answers(self.base), "the desk's first answer")

    def kill_worker(self):
        pid = holder_of_the_latest_job(self.run)
        for worker in self.workers:
            if os.getpgid(pid) == worker.pid:
                self.run.kill(worker)
                return
        raise AssertionError(f"no worker of ours is process {pid}")

    def _worker(self, name):
        return self.run.start(
            *("-m", "celery", "-A", "cashup", "worker", "--concurrency", "1"),
            *("-Q", "default,backtests", "--hostname", f"{name}@%h"),
        )


@pytest.fixture(
    params=["one process", pytest.param("servers", marks=pytest.mark.services)]
)
def desk(request, tmp_path):
    """The desk in one of its two shapes, with a person and candles."""
    shape, environment = EmbeddedShape, {}
    if request.param == "servers":
        shape, environment = ServersShape, request.getfixturevalue("servers")
    with processes(tmp_path, **environment) as run:
        run.call("manage.py", "migrate", "--verbosity", "0")
        run.python(PEOPLE)
        desk = shape(run)
        desk.series = int(run.python(CANDLES))
        desk.start()
        yield desk


def start_backtest(person: Person, series: int) -> dict:
    body = {
        "strategy": "slow_walk",
        "series": series,
        "parameters": {"seconds": SECONDS},
    }
    return person.post("/api/v1/backtests/", body)


def states(socket, job: int):
    """Yield the job's states as the socket sends them."""
    socket.send(json.dumps({"op": "subscribe", "topic": f"job:{job}"}))
    while True:
        message = json.loads(socket.recv(timeout=60))
        assert message["type"] != "refused", message
        if message.get("topic") == f"job:{job}":
            yield message["data"]


@pytest.mark.parametrize("desk", ["one process"], indirect=True)
def test_a_running_backtest_can_be_cancelled(desk):
    person = Person(desk.base, "ann", "a long enough password")
    backtest = start_backtest(person, desk.series)

    with person.socket() as socket:
        for state in states(socket, backtest["job"]["id"]):
            if state["pct"] > 10 and not state["is_cancel_requested"]:
                began = time.monotonic()
                person.post(f"/api/v1/backtests/{backtest['id']}/cancel/", {})
            if state["status"] == "cancelled":
                break

    assert time.monotonic() - began < 5
    assert person.get(f"/api/v1/backtests/{backtest['id']}/")["figures"] == {}


def test_a_killed_backtest_is_finished_once_by_another(desk):
    person = Person(desk.base, "ann", "a long enough password")
    backtest = start_backtest(person, desk.series)
    job = backtest["job"]["id"]

    with person.socket() as socket:
        seen = []
        for state in states(socket, job):
            seen.append(state["pct"])
            if state["pct"] > 20:
                break
    assert len(set(seen)) >= 5, f"progress did not move: {seen}"
    desk.kill_worker()

    assert_done_in_two_attempts(desk, person, job)


@pytest.mark.parametrize("desk", ["one process"], indirect=True)
def test_the_desk_outlives_the_child_that_runs_its_backtests(desk):
    person = Person(desk.base, "ann", "a long enough password")
    backtest = start_backtest(person, desk.series)
    job = backtest["job"]["id"]

    with person.socket() as socket:
        for state in states(socket, job):
            if state["pct"] > 5:
                break
    child = holder_of_the_latest_job(desk.run)
    assert has_loaded(child, "llvmlite"), "the backtest runs elsewhere"
    os.kill(child, signal.SIGKILL)

    assert_done_in_two_attempts(desk, person, job)
    assert not has_loaded(desk.worker.pid, "llvmlite")
    last = holder_of_the_latest_job(desk.run)
    wait_for(lambda: not Path(f"/proc/{last}").exists(), "the idle child's end")


def assert_done_in_two_attempts(desk, person: Person, job: int) -> None:
    with person.socket() as socket:
        for state in states(socket, job):
            if state["status"] in {"done", "failed", "cancelled"}:
                break

    assert state["status"] == "done", state
    told = desk.run.python(
        "from apps.strategies.models import Backtest as B; b = B.objects.get();"
        "print(b.job.attempts, b.job.lease_token, B.objects.count(), b.pinned['bars'])"
    )
    assert told.split() == ["2", "2", "1", str(BARS)]


def holder_of_the_latest_job(run) -> int:
    """The process that has, or had, its lease."""
    holder = run.python(
        "from apps.common.models import Job;"
        "print(Job.objects.latest('id').lease_holder)"
    )
    return int(holder.split(":")[1])


def has_loaded(pid: int, library: str) -> bool:
    return library in Path(f"/proc/{pid}/maps").read_text()
