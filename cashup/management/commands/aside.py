"""The child of ``manage.py serve``: see ``cashup/serve/aside.py``."""

import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TextIO

from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from apps.common.jobs.context import stopping
from apps.common.jobs.runner import run
from apps.common.live.publish import set_relay
from cashup.celery import app

THREADS = 4


class Command(BaseCommand):
    help = "Run heavy jobs for the one-process desk, which starts this by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        if sys.stdin.isatty():
            raise CommandError("Run manage.py serve: it starts this when it needs it.")
        # Ctrl-C reaches every process of the terminal; the desk says when to end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._lock = threading.Lock()
        # What a job prints must not be taken for a message.
        with os.fdopen(os.dup(1), "w", buffering=1) as up:
            os.dup2(2, 1)
            self._serve(up)

    def _serve(self, up: TextIO) -> None:
        self._up = up
        set_relay(lambda topic, data: self._say(topic=topic, data=data))
        # No worker listens to this process's queue in memory: the desk's does.
        app.send_task = self._hint  # type: ignore[method-assign, assignment]
        with ThreadPoolExecutor(THREADS) as threads:
            for line in sys.stdin:
                threads.submit(self._run, int(line))
            stopping.set()  # the desk ended, or was killed

    def _run(self, job_id: int) -> None:
        try:
            run(job_id)
        finally:
            connections.close_all()
            self._say(ended=job_id)

    def _hint(
        self, task: str, args: Any = (), queue: str | None = None, **_: Any
    ) -> None:
        self._say(task=task, args=list(args), queue=queue)

    def _say(self, **message: Any) -> None:
        line = json.dumps(message, cls=DjangoJSONEncoder)
        with self._lock:
            try:
                self._up.write(f"{line}\n")
            except (BrokenPipeError, ValueError):
                stopping.set()
