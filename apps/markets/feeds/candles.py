"""One series, live: which candle is closed, which is missing, and what is checked.

A candle is declared closed once, in order, and for one of two reasons: the exchange
says so, or the next one has begun and REST shows its last state. ``cursor_ms`` is the
open time of the next candle to declare; whatever lies between it and the candles that
came is a gap, and nothing behind a gap is declared before REST was asked about it.
Candles closed by the exchange's word alone are held against REST afterwards.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from apps.markets.feeds.checks import OUT_OF_ORDER, TWICE
from apps.markets.gateways.types import Candle

# A closing message may be a moment late, or sent in the wrong order.
GRACE_MS: Final = 1_500
AUDIT_AFTER: Final = 10
_KEPT: Final = 120
_MOST_PENDING: Final = 2_000
_RETRY_MS: Final = 2_000
_SLOWEST_RETRY_MS: Final = 30_000

Reason = Literal["start", "gap", "audit"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for REST: all candles from ``since_ms`` on; None: the newest few."""

    since_ms: int | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a message or an answer.

    ``closed`` are to be stored and told, oldest first, each for the only time.
    ``corrected`` were told already, and REST shows them otherwise: to be stored again.
    ``rule`` says why a message was not taken, "" when it was.
    """

    closed: tuple[Candle, ...] = ()
    corrected: tuple[Candle, ...] = ()
    rule: str = ""


_NOTHING: Final = Outcome()


@dataclass(slots=True)
class CandleBuilder:
    """``cursor_ms`` None: begin with whatever candle runs now."""

    step_ms: int
    cursor_ms: int | None = None
    running: Candle | None = None
    gaps: int = 0
    corrections: int = 0
    unaudited: int = 0
    failures: int = 0  # of REST, one after the other
    _is_disturbed: bool = True
    _missing_since: int | None = None
    _ask_at: int = 0
    # Closed by word, and not yet declared because something before them is missing.
    _pending: dict[int, Candle] = field(default_factory=dict)
    _declared: OrderedDict[int, Candle] = field(default_factory=OrderedDict)

    # What comes

    def told(self, candle: Candle, now_ms: int) -> Outcome:
        """A message of the stream, already known to be a possible candle."""
        if self.cursor_ms is None:
            # The start is REST's: a stream may begin with an old candle.
            self._show(candle)
            return _NOTHING
        if candle.time_ms < self.cursor_ms:
            return self._late(candle)
        if candle.is_closed:
            if candle.time_ms in self._pending:
                return Outcome(rule=TWICE)
            self._pending[candle.time_ms] = candle
            if len(self._pending) > _MOST_PENDING:
                self._pending.pop(min(self._pending))
        elif candle.time_ms in self._pending or self._is_older(candle):
            return Outcome(rule=OUT_OF_ORDER)
        self._show(candle)
        closed = self._drained()
        self._look_for_gap(now_ms)
        return Outcome(closed=closed) if closed else _NOTHING

    def disturbed(self) -> None:
        """Messages may have been lost: ask REST before the next one is missed."""
        self._is_disturbed = True
        self._ask_at = 0

    def skip_to(self, time_ms: int) -> None:
        """Leave a hole: what is older than REST's reach cannot be had from here."""
        if self.cursor_ms is not None and self.cursor_ms < time_ms:
            self.cursor_ms = time_ms
            self.gaps += 1

    # What is asked

    def ask(self, now_ms: int) -> Ask | None:
        """What REST must be asked now. One question at a time is the caller's part:
        ``answered`` or ``unanswered`` before the next."""
        if now_ms < self._ask_at:
            return None
        if self.cursor_ms is None:
            return self.question()
        is_overdue = (
            self._missing_since is not None and now_ms - self._missing_since >= GRACE_MS
        )
        if self._is_disturbed or is_overdue:
            self.gaps += is_overdue
            self._is_disturbed = False
            return self.question()
        if self.unaudited >= AUDIT_AFTER:
            return self.question("audit")
        return None

    def question(self, reason: Reason = "gap") -> Ask:
        """What shows all that is not known for certain.

        From a candle that has surely begun: the exchange refuses a time that is still
        to come by its clock.
        """
        if self.cursor_ms is None:
            return Ask(None, "start")
        return Ask(self._first_unaudited(), reason)

    def unanswered(self, now_ms: int) -> None:
        """REST failed: ask again, ever more slowly."""
        self._is_disturbed = True
        self.failures += 1
        wait = min(_RETRY_MS * 2 ** min(self.failures - 1, 5), _SLOWEST_RETRY_MS)
        self._ask_at = now_ms + wait

    def answered(self, rows: Sequence[Candle], ask: Ask, now_ms: int) -> Outcome:
        """REST's rows from ``ask.since_ms`` on, oldest first, the last may run."""
        self.failures = 0
        self._ask_at = now_ms + _RETRY_MS
        if self.cursor_ms is None:
            if rows:
                self._begin(rows)
            return _NOTHING
        corrected = self._audited(rows, ask)
        closed: list[Candle] = []
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            if row.time_ms < self.cursor_ms:
                continue
            if row.is_closed or following is not None:
                self._pending.pop(row.time_ms, None)
                closed.append(self._declare(row))
            else:
                # The last row runs, so nothing is there between the cursor and it.
                self.cursor_ms = row.time_ms
                self._show(row)
        for time_ms in [
            time_ms for time_ms in self._pending if time_ms < self.cursor_ms
        ]:
            del self._pending[time_ms]
        closed += self._drained()
        self._missing_since = None
        self._look_for_gap(now_ms)  # REST may be behind the stream: ask again then
        return Outcome(tuple(closed), corrected)

    @property
    def has_gap(self) -> bool:
        return self._missing_since is not None

    # Inside

    def _begin(self, rows: Sequence[Candle]) -> None:
        last = rows[-1]
        self.cursor_ms = last.time_ms + (self.step_ms if last.is_closed else 0)
        self._is_disturbed = False
        if self.running is not None and self.running.time_ms < self.cursor_ms:
            self.running = None
        self._show(last)

    def _late(self, candle: Candle) -> Outcome:
        known = self._declared.get(candle.time_ms)
        if known is not None and candle.is_closed and not _same(known, candle):
            # The exchange changed its mind: REST will say which one stands.
            self.unaudited = max(self.unaudited, AUDIT_AFTER)
            return Outcome(rule=OUT_OF_ORDER)
        return Outcome(rule=TWICE if candle.is_closed else OUT_OF_ORDER)

    def _is_older(self, candle: Candle) -> bool:
        """Less volume than was seen: a message that was overtaken."""
        seen = self.running
        if seen is None or candle.time_ms > seen.time_ms:
            return False
        return candle.time_ms < seen.time_ms or candle.volume < seen.volume

    def _show(self, candle: Candle) -> None:
        if self.running is None or candle.time_ms >= self.running.time_ms:
            self.running = candle

    def _drained(self) -> tuple[Candle, ...]:
        closed: list[Candle] = []
        while self.cursor_ms in self._pending:
            closed.append(self._declare(self._pending.pop(self.cursor_ms)))
            self.unaudited += 1
        if closed:
            self._missing_since = None
        return tuple(closed)

    def _declare(self, candle: Candle) -> Candle:
        self.cursor_ms = candle.time_ms + self.step_ms
        self._declared[candle.time_ms] = candle
        while len(self._declared) > _KEPT:
            self._declared.popitem(last=False)
        self._show(candle)
        return candle

    def _look_for_gap(self, now_ms: int) -> None:
        assert self.cursor_ms is not None
        newest = self.running.time_ms if self.running else -1
        if newest <= self.cursor_ms:
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now_ms

    def _first_unaudited(self) -> int:
        """Back to the first candle that REST has not confirmed, as far as is known."""
        assert self.cursor_ms is not None
        count = max(self.unaudited, 1)
        known = list(self._declared)[-count:]
        return known[0] if known else self.cursor_ms - self.step_ms

    def _audited(self, rows: Sequence[Candle], ask: Ask) -> tuple[Candle, ...]:
        """Rows that differ from what was declared; a running row proves nothing."""
        assert self.cursor_ms is not None
        wrong = []
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            known = self._declared.get(row.time_ms)
            if known is None or (not row.is_closed and following is None):
                continue
            if not _same(known, row):
                self._declared[row.time_ms] = row
                wrong.append(row)
        if rows and rows[-1].time_ms + self.step_ms >= self.cursor_ms:
            self.unaudited = 0
        self.corrections += len(wrong)
        return tuple(wrong)


def _same(one: Candle, other: Candle) -> bool:
    return (one.open, one.high, one.low, one.close, one.volume) == (
        other.open,
        other.high,
        other.low,
        other.close,
        other.volume,
    )
