"""The one way functions are compiled here: without the GIL, kept on disk."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np

P = ParamSpec("P")
R = TypeVar("R")
Array = TypeVar("Array", bound="np.ndarray[Any, Any]")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """``numba.njit`` with a type. Strict IEEE arithmetic: the twin gives the same bits.

    Numba's disk cache watches only the file a function stands in, so a kernel and the
    compiled functions it calls stand in one file.
    """
    compiler = numba.njit(nogil=True, cache=True, error_model="numpy")
    return cast(Callable[P, R], compiler(function))


def sealed(array: Array) -> Array:
    """The same numbers, contiguous and read-only.

    Numba compiles anew for each mixture of writable and read-only arguments, so inputs
    are always the latter, whether they come from a file mapped into memory or not.
    """
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return cast(Array, view)
