"""How a channel does, in numbers: what the page *Feeds* shows."""

from collections import Counter
from dataclasses import dataclass, field

_SMOOTHING = 0.1


@dataclass(slots=True)
class Figures:
    """``lag_ms``: from the exchange's stamp to us, smoothed; less than nothing when the
    clocks differ. ``last_message_ms`` is of the last good one. Counters only rise."""

    messages: int = 0
    last_message_ms: int | None = None
    lag_ms: float | None = None
    reconnects: int = 0
    gaps: int = 0
    polls: int = 0
    closed: int = 0
    corrected: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    _seen: int = 0
    _seen_ms: int = 0

    def heard(self, now_ms: int, sent_ms: int | None, *, is_good: bool = True) -> None:
        self.messages += 1
        if is_good:
            self.last_message_ms = now_ms
        if sent_ms is None:
            return
        lag = now_ms - sent_ms
        last = self.lag_ms
        self.lag_ms = lag if last is None else last + (lag - last) * _SMOOTHING

    def rate(self, now_ms: int) -> float:
        """Messages a second since this was asked last."""
        passed_ms = now_ms - self._seen_ms
        rate = (self.messages - self._seen) * 1000 / passed_ms if passed_ms > 0 else 0.0
        self._seen, self._seen_ms = self.messages, now_ms
        return rate
