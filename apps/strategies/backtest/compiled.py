"""The one way functions are compiled here: without the GIL, kept on disk."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """``numba.njit`` with a type. Strict IEEE arithmetic: the twin gives the same bits.

    Numba's disk cache watches only the file a function stands in, so a kernel and the
    compiled functions it calls stand in one file.
    """
    compiler = numba.njit(nogil=True, cache=True, error_model="numpy")
    return cast(Callable[P, R], compiler(function))
