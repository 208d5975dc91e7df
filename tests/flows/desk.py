"""A desk as its user runs it: real processes on a database and folder of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
STRATEGIES = Path(__file__).parent / "strategies"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(ready, what: str, seconds: float = 60.0):
    """Poll another process for something; the answer, or a failure that says what."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


class Processes:
    """Starts the project's own commands in one environment and ends them all."""

    def __init__(self, var: Path, **environment: str) -> None:
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cashup.settings.local",
            "CASHUP_VAR": str(var),
            "STRATEGY_FOLDERS": str(STRATEGIES),
            "LOG_LEVEL": "INFO",
            **environment,
        }
        self.log = (var / "log.txt").open("ab")
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def call(self, *command: str) -> str:
        """Run to the end; what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def python(self, code: str) -> str:
        """Run code inside the project's Django, in a process of its own."""
        return self.call("manage.py", "shell", "--verbosity", "0", "-c", code).strip()

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        """kill -9 the process and its children."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop_all(self) -> None:
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        for process in self.running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill(process)
        self.log.close()


class Person:
    """Somebody signed in with a session, over HTTP and WebSocket."""

    def __init__(self, base: str, username: str, password: str) -> None:
        self.base = base
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar)
        )
        self._login(username, password)

    def cookie(self, name: str) -> str:
        return next(cookie.value or "" for cookie in self.jar if cookie.name == name)

    def get(self, path: str) -> dict:
        with self.opener.open(self.base + path, timeout=20) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict) -> dict:
        request = urllib.request.Request(
            self.base + path,
            data=json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "X-CSRFToken": self.cookie("csrftoken"),
                "Referer": self.base,
            },
        )
        with self.opener.open(request, timeout=20) as answer:
            return json.load(answer)

    def socket(self) -> ClientConnection:
        return connect(
            self.base.replace("http", "ws") + "/ws/live/",
            additional_headers={"Cookie": f"sessionid={self.cookie('sessionid')}"},
            origin=self.base,
        )

    def _login(self, username: str, password: str) -> None:
        page = f"{self.base}/admin/login/"
        self.opener.open(page, timeout=20).read()
        form = urllib.parse.urlencode(
            {
                "username": username,
                "password": password,
                "csrfmiddlewaretoken": self.cookie("csrftoken"),
                "next": "/api/v1/auth/me/",
            }
        ).encode()
        request = urllib.request.Request(page, form, {"Referer": page})
        self.opener.open(request, timeout=20).read()


def answers(base: str) -> bool:
    try:
        urllib.request.urlopen(f"{base}/admin/login/", timeout=2).read()
    except OSError:
        return False
    return True


@contextmanager
def processes(var: Path, **environment: str) -> Iterator[Processes]:
    var.mkdir(parents=True, exist_ok=True)
    made = Processes(var, **environment)
    try:
        yield made
    finally:
        made.stop_all()
