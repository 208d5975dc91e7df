"""The newest candles in a bounded piece of memory."""

from typing import Final

import numpy as np

from apps.markets.simulator.sources.candles.rows import COLUMNS, TIME, Block, Row

_FIRST: Final = 64


class Ring:
    """Keeps the last ``capacity`` rows; room for them is taken as they come.

    Few rings ever fill: a thousand candles of a day are three years.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept = np.empty((COLUMNS, min(capacity, _FIRST)), np.int64)
        self._count = 0

    def add(self, row: Row) -> None:
        self._make_room(self._count + 1)
        self._kept[:, self._count % self._kept.shape[1]] = row
        self._count += 1

    def extend(self, block: Block) -> None:
        self._make_room(self._count + block.shape[1])
        capacity, start = self._kept.shape[1], self._count % self._kept.shape[1]
        if start + block.shape[1] <= capacity:
            self._kept[:, start : start + block.shape[1]] = block
            self._count += block.shape[1]
            return
        kept = block[:, -capacity:]
        first = self._count + block.shape[1] - kept.shape[1]
        places = np.arange(first, first + kept.shape[1]) % capacity
        self._kept[:, places] = kept
        self._count += block.shape[1]

    def block(self) -> Block:
        """Everything kept, oldest first."""
        capacity = self._kept.shape[1]
        if self._count <= capacity:
            return self._kept[:, : self._count]
        return np.roll(self._kept, -(self._count % capacity), axis=1)

    def within(self, start_ms: int, end_ms: int) -> Block:
        """The rows that open within both times, the end not included."""
        block = self.block()
        start, stop = np.searchsorted(block[TIME], [start_ms, end_ms])
        return block[:, start:stop]

    @property
    def first_ms(self) -> int | None:
        """When the oldest row opens."""
        capacity = self._kept.shape[1]
        if not self._count:
            return None
        place = self._count % capacity if self._count > capacity else 0
        return int(self._kept[TIME, place])

    @property
    def room(self) -> int:
        """For how many rows it holds memory."""
        return self._kept.shape[1]

    def _make_room(self, count: int) -> None:
        """Nothing has gone round yet while there is more room to take."""
        room = self._kept.shape[1]
        if count <= room or room == self._capacity:
            return
        wider = np.empty((COLUMNS, min(self._capacity, max(count, 2 * room))), np.int64)
        wider[:, : self._count] = self._kept[:, : self._count]
        self._kept = wider
