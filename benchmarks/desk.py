"""The desk of `make dev`: its first answer, and its memory when it is idle."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.table import Row

ROOT = Path(__file__).resolve().parents[1]
FIRST_ANSWER_S = 8.0
IDLE_MB = 300.0
# The demo is made in the background, and the children that made it linger; after this
# the desk has nothing left to do.
SETTLED_S = 60.0


def rows() -> list[Row]:
    """A first start (migrations, demo) and a second one, each measured from outside."""
    with tempfile.TemporaryDirectory() as var:
        measured = [_start(var), _start(var)]
    found = []
    for name, (answer_s, idle_mb) in zip(("first", "second"), measured, strict=True):
        found += [
            Row(
                name=f"desk, {name} start: first answer",
                value=answer_s,
                unit="s",
                limit=None,
                goal=f"<= {FIRST_ANSWER_S:g} s",
                met=answer_s <= FIRST_ANSWER_S,
            ),
            Row(
                name=f"desk, {name} start: idle memory",
                value=idle_mb,
                unit="MB",
                limit=None,
                goal=f"<= {IDLE_MB:g} MB",
                met=idle_mb <= IDLE_MB,
            ),
        ]
    return found


def _start(var: str) -> tuple[float, float]:
    """Seconds to the first HTTP answer; megabytes, its children's too, when settled."""
    port = _free_port()
    began = time.perf_counter()
    desk = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT,
        env={
            **os.environ,
            "CASHUP_VAR": var,
            "DJANGO_SETTINGS_MODULE": "cashup.settings.local",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(f"http://127.0.0.1:{port}/admin/login/", desk)
        answer_s = time.perf_counter() - began
        time.sleep(SETTLED_S)
        return answer_s, sum(map(_resident_mb, [desk.pid, *_children(desk.pid)]))
    finally:
        desk.send_signal(signal.SIGINT)
        desk.wait(20)


def _wait_for_answer(url: str, desk: subprocess.Popen[bytes]) -> None:
    while desk.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=30).read()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("the desk ended before it answered")


def _children(pid: int) -> list[int]:
    parents = {
        int(stat.parent.name): int(stat.read_text().rpartition(")")[2].split()[1])
        for stat in Path("/proc").glob("[0-9]*/stat")
    }
    return [child for child, parent in parents.items() if parent == pid]


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
