"""Plays tapes into a venue: the book first, then the print that meets it."""

import heapq
from collections.abc import Sequence
from typing import Final

import numpy as np

from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.clocks import MovableClock, move_to
from apps.markets.simulator.sources.showing import show
from apps.markets.simulator.sources.tape import Print, Prints, Tape

# Of prints that go straight to the candles so many are also on the venue's tape.
_SHOWN: Final = 1


class Player:
    """One or many tapes, merged by time. It moves the clock from print to print."""

    def __init__(
        self,
        venue: Venue,
        market: CandleMarket,
        clock: MovableClock,
        tapes: Sequence[Tape],
    ) -> None:
        self._venue, self._clock = venue, clock
        self._reels = [_Reel(tape, venue, market) for tape in tapes]
        # The place breaks ties: instruments of one moment play in a fixed order.
        self._queue = [
            (reel.next_ms, place)
            for place, reel in enumerate(self._reels)
            if reel.next_ms is not None
        ]
        heapq.heapify(self._queue)

    def next_ms(self) -> int | None:
        """When the next print is due; None when all tapes are at their end."""
        return self._queue[0][0] if self._queue else None

    def play(self, until_ms: int) -> None:
        """Everything that is due up to and with ``until_ms``."""
        self._skim(until_ms)
        while self._queue and self._queue[0][0] <= until_ms:
            due_ms, place = self._queue[0]
            move_to(self._clock, due_ms)
            self._reels[place].step()
            self._put_back()

    def _skim(self, until_ms: int) -> None:
        if not self._queue:
            return
        reels = [reel for reel in self._reels if reel.is_many(until_ms)]
        if not reels:
            return
        # Trades that the venue still holds back come before what is skimmed now.
        self._venue.flush()
        for reel in reels:
            reel.skim(until_ms)
        self._queue = [
            (reel.next_ms, place)
            for place, reel in enumerate(self._reels)
            if reel.next_ms is not None
        ]
        heapq.heapify(self._queue)

    def _put_back(self) -> None:
        _played_ms, place = self._queue[0]
        next_ms = self._reels[place].next_ms
        if next_ms is None:
            heapq.heappop(self._queue)
        else:
            heapq.heapreplace(self._queue, (next_ms, place))


class _Reel:
    """One tape and how far it is played."""

    def __init__(self, tape: Tape, venue: Venue, market: CandleMarket) -> None:
        self._tape, self._venue, self._market = tape, venue, market
        self._blocks = tape.blocks()
        self._block: Prints | None = next(self._blocks, None)
        self._later: Prints | None = next(self._blocks, None)
        self._place = 0
        self._asked = False

    @property
    def next_ms(self) -> int | None:
        if self._block is None:
            return None
        return int(self._block.time_ms[self._place])

    def is_many(self, until_ms: int) -> bool:
        """Whether more are due than one by one is worth."""
        if self._block is None:
            return False
        far = self._place + self._tape.many
        if far >= len(self._block.time_ms):
            return self._later is not None and self._later.time_ms[0] <= until_ms
        return int(self._block.time_ms[far]) <= until_ms

    def step(self) -> None:
        """Play the next print."""
        at = self._at()
        is_attended = show(self._venue, self._tape, at)
        if not at.lots:
            self._market.add_print(
                self._tape.instrument_id, at.time_ms, at.ticks, at.lots
            )
        elif is_attended and self._tape.takes:
            self._take(at)
        else:
            self._print(at, at.lots)
        self._forward(self._place + 1)

    def skim(self, until_ms: int) -> None:
        """Count what is due, all but the last print, if nobody is in the book."""
        if show(self._venue, self._tape, self._at()):
            return
        while (stop := self._unshown(until_ms)) > self._place:
            assert self._block is not None, "something is due"
            part = self._block.between(self._place, stop)
            self._market.add_prints(
                self._tape.instrument_id, part.time_ms, part.ticks, part.lots
            )
            self._forward(stop)

    def _unshown(self, until_ms: int) -> int:
        """Up to where this block is only counted."""
        if self._block is None:
            return self._place
        if self._later is not None and self._later.time_ms[0] <= until_ms:
            return len(self._block.time_ms)
        due = int(np.searchsorted(self._block.time_ms, until_ms, side="right"))
        return max(due - _SHOWN, self._place)

    def _at(self) -> Print:
        block = self._block
        assert block is not None, "nothing is due at the end of a tape"
        return block.at(self._place)

    def _take(self, at: Print) -> None:
        grid = self._tape.grid
        wanted = grid.quantity(at.lots)
        taken = self._venue.take(
            self._tape.instrument_id, at.side, wanted, grid.price(at.ticks)
        )
        if left := grid.lots(wanted - taken):
            self._print(at, left)

    def _print(self, at: Print, lots: int) -> None:
        grid = self._tape.grid
        self._venue.print_trade(
            self._tape.instrument_id,
            at.side,
            grid.quantity(lots),
            grid.price(at.ticks),
        )

    def _forward(self, place: int) -> None:
        assert self._block is not None, "a tape at its end does not move"
        self._place = place
        if place >= len(self._block.time_ms):
            self._block, self._later = self._later, next(self._blocks, None)
            self._place = 0
