"""Long work: a row with progress, a cancel flag and a fenced lease.

The row is the truth and the queue only a hint. After any kill, queued and abandoned
jobs run again; every write names the lease's token, so a worker that was thought
dead cannot write over its successor.
"""

from apps.common.jobs.context import JobCancelled, JobContext
from apps.common.jobs.registry import Handler, register
from apps.common.jobs.services import enqueue, request_cancel
from apps.common.jobs.state import state

__all__ = [
    "Handler",
    "JobCancelled",
    "JobContext",
    "enqueue",
    "register",
    "request_cancel",
    "state",
]
