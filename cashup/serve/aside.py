"""Heavy jobs of the one-process desk, in a child process that ends when idle.

Compilers, exchange libraries and large arrays stay with the process that used them.
The desk runs for weeks, so it lends such work to a child: jobs go down its standard
input, what the desk has to know comes up its standard output, one line of JSON each.
The rows stay the truth: a child that dies leaves its jobs to the sweeper.
"""

import json
import logging
import subprocess
import sys
import threading
from typing import Any, Final

from celery import current_app
from django.conf import settings

from apps.common.live.publish import publish

logger = logging.getLogger(__name__)

# The next backtest of somebody who tries things out finds it warm.
LINGER_S: Final = 15.0
END_S: Final = 6.0


class Aside:
    """Starts the child with the first job and lets it go after ``LINGER_S`` of rest."""

    def __init__(self, linger_s: float = LINGER_S) -> None:
        self._linger_s = linger_s
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._rest: threading.Timer | None = None

    def run(self, job_id: int) -> None:
        """Return when the child has done the job, or has died."""
        with self._lock:
            self._stay()
            if self._child is None or not self._child.is_alive:
                self._child = Child()
            child, ended = self._child, self._child.begin(job_id)
        ended.wait()
        with self._lock:
            if child is self._child and not child.is_busy:
                self._rest = threading.Timer(self._linger_s, self._let_go)
                self._rest.daemon = True
                self._rest.start()

    def stop(self) -> None:
        """Its jobs go back in line; returns when the child has ended."""
        with self._lock:
            self._stay()
            child, self._child = self._child, None
        if child is not None:
            child.end()

    def _let_go(self) -> None:
        with self._lock:
            child = self._child
            if child is None or child.is_busy:
                return
            self._child = None
        child.end()

    def _stay(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None


class Child:
    """One ``manage.py aside`` and the jobs it was given."""

    def __init__(self) -> None:
        self._jobs: dict[int, threading.Event] = {}
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "aside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._reader = threading.Thread(target=self._hear, name="aside", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None and self._reader.is_alive()

    @property
    def is_busy(self) -> bool:
        return bool(self._jobs)

    def begin(self, job_id: int) -> threading.Event:
        """Hand the job down; the event is set when it is over."""
        ended = threading.Event()
        with self._lock:
            self._jobs[job_id] = ended
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(f"{job_id}\n")
        except OSError:  # it died a moment ago; the sweeper offers the job again
            self._over(job_id)
        if not self._reader.is_alive():
            self._over(job_id)
        return ended

    def end(self) -> None:
        """Close its input, which it takes as the word to end."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._process.wait(END_S)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._take(json.loads(line))
        status = self._process.wait()
        if status:
            logger.warning("aside.died", extra={"status": status})
        for job_id in list(self._jobs):
            self._over(job_id)

    def _take(self, said: dict[str, Any]) -> None:
        match said:
            case {"ended": job_id}:
                self._over(job_id)
            case {"topic": topic, "data": data}:
                publish(topic, data)
            case {"task": task, "args": args, "queue": queue}:
                current_app.send_task(task, args=args, queue=queue, retry=False)

    def _over(self, job_id: int) -> None:
        with self._lock:
            ended = self._jobs.pop(job_id, None)
        if ended is not None:
            ended.set()
