"""What is durable, who is told of it, and what the journal says."""

from collections.abc import Callable, Iterator
from typing import Any

from apps.markets.simulator.core.events import Event
from apps.markets.simulator.core.placement import LONGEST
from apps.markets.simulator.core.truth import read_truth
from apps.markets.simulator.core.venue.parts import Parts


class News(Parts):
    """Durability, events and evidence."""

    async def durable(self) -> None:
        """Return when everything done so far is on disk; events are out then too."""
        await self._journal.durable()

    def flush(self) -> None:
        """The same, blocking."""
        self._journal.flush()

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``callback`` with each durable event in order; returns the way out.

        The callback must be quick and must not call the venue back.
        """
        self._record.callbacks.append(callback)
        return lambda: self._record.callbacks.remove(callback)

    def watch_book(self, instrument_id: str) -> Callable[[], None]:
        """Ask for BookChanged events of one book; returns the way out.

        Unwatched books are built only when looked at and give no BookChanged.
        """
        market = self._floor.market(instrument_id)
        market.watchers += 1
        self._liquidity.refresh(market)

        def leave() -> None:
            market.watchers -= 1

        return leave

    def request_arrived(
        self, method: str, path: str, text: str, account_id: str
    ) -> None:
        """Count a request that arrived, before anything is done about it."""
        self._record.now_ms()
        self._record.line(
            "request",
            method=method,
            path=path[:LONGEST],
            text=text[:LONGEST],
            account=account_id,
        )
        self._record.commit("")

    @property
    def lines(self) -> int:
        """How many journal lines there are, durable or about to be."""
        return self._journal.lines

    def journal_lines(self) -> Iterator[bytes]:
        """The journal as it is written, line by line."""
        return self._storage.lines()

    def truth(self) -> dict[str, Any]:
        """Accounts, orders, fills, balances and request counts out of the journal.

        Read from the journal's lines alone, not from the live state; numbers are
        strings. Keys: ``accounts``, ``orders``, ``fills``, ``balances``, ``triggers``,
        ``requests`` (client text: count), ``lines``, ``hash``.
        """
        return read_truth(self._storage)
