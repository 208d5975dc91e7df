"""Giving memory back after a burst of work."""

import ctypes
import gc
import sys
from typing import Final

M_ARENA_MAX: Final = -8  # of glibc's malloc.h


def give_back() -> None:
    """Return freed memory to the system where the C library can be told to.

    A worker thread's allocator keeps what its largest job needed; in the one-process
    desk that would stay for good.
    """
    gc.collect()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def share_arenas() -> None:
    """Let all threads share two heaps; call it before they start.

    glibc gives each thread one of its own, and each keeps the peak of its largest job.
    """
    if sys.platform.startswith("linux"):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_ARENA_MAX, 2)
