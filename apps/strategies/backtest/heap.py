"""Keeping freed array memory in the process, where the C library can be told to."""

import ctypes
import sys
from functools import cache
from typing import Final

# Of glibc's malloc.h; other C libraries have no such knobs and are left alone.
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
LARGEST_ARRAY: Final = 32 * 1024 * 1024
KEPT: Final = 64 * 1024 * 1024


@cache
def keep_freed_arrays() -> None:
    """Let the next run reuse the arrays of the last one; at most 64 MiB are kept.

    By default glibc gives a year of minutes back to the system when it is freed, and
    each run then waits for a thousand page faults: a third of its time.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        # Both, because setting one stops glibc from adjusting the other by itself.
        mallopt(M_MMAP_THRESHOLD, LARGEST_ARRAY)
        mallopt(M_TRIM_THRESHOLD, KEPT)
