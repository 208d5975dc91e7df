"""The garbage collector, kept still where only lasting objects are made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

LASTING = 100_000  # so many objects, and it was the start from a long journal


@contextmanager
def uncollected() -> Iterator[None]:
    """A start makes a million objects, none of them garbage: looking costs a third."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            # What was made stays; without this the first look at it all takes as long
            # as a third of a second, in the middle of somebody's request.
            if gc.get_count()[0] > LASTING:
                gc.freeze()
            gc.enable()
