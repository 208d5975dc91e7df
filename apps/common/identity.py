"""Who this process is, in leases, heartbeats and job rows."""

import os
import socket
import uuid

from django.conf import settings

_names: dict[int, str] = {}


def process_name() -> str:
    """``host:pid:random``; new for each process, also after a fork."""
    pid = os.getpid()
    if pid not in _names:
        # The random part tells a restarted process from its predecessor with the same
        # pid. Of two threads that ask first at once, both get what the faster one made.
        made = f"{socket.gethostname()}:{pid}:{uuid.uuid4().hex[:6]}"
        return _names.setdefault(pid, made)
    return _names[pid]


def version() -> str:
    return str(settings.VERSION)
