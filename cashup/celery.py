"""The Celery app: queues and transport come from the Django settings."""

import atexit
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashup.settings.local")

app = Celery("cashup")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def _worker_lives(**_: Any) -> None:
    _start_heartbeat("worker")


@beat_init.connect
def _beat_lives(**_: Any) -> None:
    _start_heartbeat("beat")


def _start_heartbeat(kind: str) -> None:
    from apps.common import heartbeats  # needs Django, which this module starts

    atexit.register(heartbeats.start(kind).stop)
