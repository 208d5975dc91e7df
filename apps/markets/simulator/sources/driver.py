"""Moves a source and the clock on together: in real time, faster, or by the step."""

import asyncio
from typing import Final, Protocol

from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.clocks import MovableClock, PacedClock, move_to

# Prints of a fast market are played together: the loop has other things to do.
_TICK_S: Final = 0.01


class Source(Protocol):
    """What is played. ``Player`` is one."""

    def next_ms(self) -> int | None:
        """When the next thing happens; None when nothing ever does."""

    def play(self, until_ms: int) -> None:
        """Everything that is due up to and with ``until_ms``; it moves the clock."""


class Driver:
    """One source, its candles and the clock.

    ``longest_wait_ms``: a gap in the prices that is longer is skipped; None waits.
    """

    def __init__(
        self,
        source: Source,
        market: CandleMarket,
        clock: MovableClock,
        *,
        longest_wait_ms: int | None = None,
    ) -> None:
        self._source, self._market, self._clock = source, market, clock
        self._longest_wait_ms = longest_wait_ms

    def advance_to(self, until_ms: int) -> None:
        """Play what is due and stand at ``until_ms``: what stepping is made of."""
        self._source.play(until_ms)
        move_to(self._clock, until_ms)
        self._market.flush()

    def advance(self, ms: int) -> None:
        self.advance_to(self._clock.now_ms() + ms)

    def step(self) -> bool:
        """Move to the next thing that happens and play it; False at the end."""
        next_ms = self._source.next_ms()
        if next_ms is None:
            return False
        self.advance_to(max(next_ms, self._clock.now_ms()))
        return True

    async def run(self, clock: PacedClock) -> None:
        """Play at the clock's pace until the source ends or the task is cancelled.

        ``clock`` is the driver's own. Only what is not due yet is waited for.
        """
        while (next_ms := self._source.next_ms()) is not None:
            if self._is_gap(next_ms):
                move_to(clock, next_ms)
            clock.let_run(next_ms)
            await asyncio.sleep(max(clock.seconds_until(next_ms), _TICK_S))
            self.advance_to(max(clock.wanted_ms(), next_ms))
        clock.let_run(None)

    def _is_gap(self, next_ms: int) -> bool:
        if self._longest_wait_ms is None:
            return False
        return next_ms - self._clock.now_ms() > self._longest_wait_ms
