"""One instrument with its book, its tape and what waits for its prices."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import heapify, heappop, heappush

from apps.markets.simulator.core.book import Book
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import PublicTrade, Trigger

Levels = Sequence[tuple[Decimal, Decimal]]
MakeLevels = Callable[[], tuple[Levels, Levels]]
TAPE = 3_000  # public trades kept


@dataclass(slots=True)
class Market:
    """``clients`` counts client orders in the book, ``watchers`` who follows it.

    ``due_levels`` is background liquidity that nobody has looked at yet.
    """

    instrument: Instrument
    book: Book
    tape: deque[PublicTrade] = field(default_factory=lambda: deque(maxlen=TAPE))
    last: Decimal | None = None
    clients: int = 0
    watchers: int = 0
    update_ms: int = 0
    due_levels: MakeLevels | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    _rises: list[tuple[Decimal, int, Trigger]] = field(default_factory=list)
    _falls: list[tuple[Decimal, int, Trigger]] = field(default_factory=list)

    @property
    def has_triggers(self) -> bool:
        return bool(self._rises or self._falls)

    @property
    def is_looked_at(self) -> bool:
        return bool(self.clients or self.watchers or self.has_triggers)

    def add_trigger(self, trigger: Trigger) -> None:
        price = trigger.request.price
        if trigger.request.rule == ">=":
            heappush(self._rises, (price, trigger.id, trigger))
        else:
            heappush(self._falls, (price.copy_negate(), trigger.id, trigger))

    def remove_trigger(self, trigger: Trigger) -> None:
        """Forget a trigger that ended before its price was reached."""
        for heap in (self._rises, self._falls):
            kept = [entry for entry in heap if entry[2] is not trigger]
            if len(kept) < len(heap):
                heap[:] = kept
                heapify(heap)

    def note(self, trade: PublicTrade) -> None:
        """Put a trade on the tape and remember how far prices went."""
        price = self.last = trade.price
        self.tape.append(trade)
        if self._rises or self._falls:
            self.lowest = price if self.lowest is None else min(self.lowest, price)
            self.highest = price if self.highest is None else max(self.highest, price)

    def due_triggers(self) -> list[Trigger]:
        """Take out the open triggers that the prices since the last call reach."""
        lowest, highest = self.lowest, self.highest
        self.lowest = self.highest = None
        if lowest is None or highest is None:
            return []
        due = _pop_through(self._rises, highest)
        due += _pop_through(self._falls, lowest.copy_negate())
        open_ones = (trigger for trigger in due if trigger.status == "open")
        return sorted(open_ones, key=lambda trigger: trigger.id)


def _pop_through(
    heap: list[tuple[Decimal, int, Trigger]], bound: Decimal
) -> list[Trigger]:
    due = []
    while heap and heap[0][0] <= bound:
        due.append(heappop(heap)[2])
    return due
