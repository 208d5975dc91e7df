"""Who this process is, in leases, heartbeats and job rows."""

import os
import socket
import uuid
from functools import cache

from django.conf import settings


@cache
def _boot(pid: int) -> str:
    # The random part tells a restarted process from its predecessor with the same pid.
    return f"{socket.gethostname()}:{pid}:{uuid.uuid4().hex[:6]}"


def process_name() -> str:
    """``host:pid:random``; new for each process, also after a fork."""
    return _boot(os.getpid())


def version() -> str:
    return str(settings.VERSION)
