"""The exchange's time, measured, and carried on by a clock that nobody can set."""

import time
from collections.abc import Callable

from apps.common.clock import now_ms
from apps.markets.gateways.types import ClockReading

STALE_S = 60.0


class ExchangeClock:
    """Their time is their last answer plus what a monotonic clock has counted since.

    So a step of this machine's clock changes no signature; only sleeping does, and then
    the exchange refuses once and is measured again.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._server_ms = 0
        self._at = 0.0
        self.reading: ClockReading | None = None

    def now_ms(self) -> int:
        """Theirs; ours until it was measured."""
        if self.reading is None:
            return now_ms()
        return self._server_ms + int((self._monotonic() - self._at) * 1000)

    def offset_ms(self) -> int:
        """Theirs minus ours, at this moment."""
        return 0 if self.reading is None else self.now_ms() - now_ms()

    def is_stale(self) -> bool:
        return self.reading is None or self._monotonic() - self._at >= STALE_S

    def measured(self, server_ms: int, sent_at: float, heard_at: float) -> ClockReading:
        """Take in a measurement: their answer, and when we asked and heard it."""
        # Their stamp was made somewhere between; the middle errs least.
        self._server_ms, self._at = server_ms, (sent_at + heard_at) / 2
        self.reading = ClockReading(0, int((heard_at - sent_at) * 1000), now_ms())
        self.reading = ClockReading(
            self.offset_ms(), self.reading.round_trip_ms, self.reading.measured_at_ms
        )
        return self.reading
