"""A Celery worker and a beat as threads of this process."""

import logging
import threading
from collections.abc import Callable

from celery.beat import Service
from celery.worker import WorkController, state
from django.conf import settings
from django.db import connections

from apps.common.jobs.context import stopping
from apps.common.jobs.places import set_aside
from cashup.celery import app
from cashup.serve.aside import Aside

logger = logging.getLogger(__name__)

CONCURRENCY = 4
JOIN_S = 8.0


class Threads:
    """Worker and beat; both end when asked, and never outlive the process."""

    def __init__(self) -> None:
        # Not the command-line worker: that one installs signal handlers, and
        # the signals of this process belong to the web server.
        self._worker = WorkController(
            app=app,
            pool_cls="threads",
            concurrency=CONCURRENCY,
            queues=list(settings.QUEUES),
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        self._beat = Service(
            app=app,
            scheduler_cls=app.conf.beat_scheduler,
            max_interval=settings.CELERY_BEAT_MAX_LOOP_INTERVAL,
        )
        self._aside = Aside()
        self._threads = [
            _thread("worker", self._worker.start),
            _thread("beat", lambda: self._beat.start(embedded_process=False)),
        ]

    def start(self) -> None:
        set_aside(self._aside.run)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Running jobs go back in line at their next step; see ``JobInterrupted``."""
        stopping.set()
        self._beat.stop()
        self._aside.stop()
        state.should_stop = 0  # type: ignore[assignment]  # an exit code
        for thread in self._threads:
            thread.join(JOIN_S)


def _thread(name: str, work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except SystemExit:
            logger.debug("thread.ended", extra={"thread_name": name})
        except Exception:
            logger.exception("thread.died", extra={"thread_name": name})
        finally:
            connections.close_all()

    return threading.Thread(target=run, name=name, daemon=True)
