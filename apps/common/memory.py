"""Giving memory back after a burst of work."""

import ctypes
import gc
import sys


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
