"""The newest candles in a fixed piece of memory."""

import numpy as np

from apps.markets.simulator.sources.candles.rows import COLUMNS, TIME, Block, Row


class Ring:
    """Keeps the last ``capacity`` rows; its memory is taken at the start."""

    def __init__(self, capacity: int) -> None:
        # Filled, not merely reserved: what it will need shows from the beginning.
        self._kept = np.full((COLUMNS, capacity), 0, np.int64)
        self._kept[:] = -1
        self._count = 0

    def add(self, row: Row) -> None:
        self._kept[:, self._count % self._kept.shape[1]] = row
        self._count += 1

    def extend(self, block: Block) -> None:
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
