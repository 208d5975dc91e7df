"""Shows a real exchange's book and trades, with our clients' orders among them."""

import logging
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Literal

from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.mirror.book import MirrorBook
from apps.markets.simulator.sources.mirror.checks import fault_of
from apps.markets.simulator.sources.mirror.messages import (
    BookSnapshot,
    BookUpdate,
    FeedLost,
    Message,
    TradeSeen,
)
from apps.markets.simulator.sources.showing import is_asked

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """What became of one instrument's messages; ``seen_ms`` is the last good one's.

    ``gap_count``: how often an update was lost and the book stood empty.
    """

    instrument_id: str
    taken_count: int = 0
    refused_count: int = 0
    gap_count: int = 0
    last_refusal: str = ""
    seen_ms: int = 0
    book_id: int | None = None
    trade_id: int = 0

    @property
    def status(self) -> Literal["waiting", "live", "lost"]:
        """No book yet, a book, or none any more until the next snapshot."""
        if self.book_id is not None:
            return "live"
        return "lost" if self.gap_count else "waiting"


class Mirror:
    """The instruments of ``grids``. A message that cannot be true changes nothing."""

    def __init__(
        self, venue: Venue, market: CandleMarket, grids: Mapping[str, Grid]
    ) -> None:
        self._venue, self._market, self._grids = venue, market, grids
        for name, grid in grids.items():
            market.add_instrument(name, grid)
        self._books = {name: MirrorBook(grid) for name, grid in grids.items()}
        self._reports = {name: Report(name) for name in grids}
        self.unknown_count = 0

    async def run(self, feed: AsyncIterable[Message]) -> None:
        """Take messages until the feed ends or the task is cancelled."""
        async for message in feed:
            self.receive(message)
            self.flush()

    def receive(self, message: Message) -> str:
        """Take one message; why it was refused, or "" when it was not."""
        name = message.instrument_id
        report = self._reports.get(name)
        if report is None:
            return self.refuse(name, f"{name!r:.40} is not mirrored here")
        refusal = fault_of(message, self._grids[name])
        if not refusal:
            refusal = self._take(message, report)
        report.book_id = self._books[name].last_id
        if refusal:
            return self.refuse(name, refusal)
        report.taken_count += 1
        report.seen_ms = self._venue.clock.now_ms()
        return ""

    def refuse(self, instrument_id: str, reason: str) -> str:
        """Count a message that cannot be taken, also one that could not be read."""
        report = self._reports.get(instrument_id)
        if report is None:
            self.unknown_count += 1
        else:
            report.refused_count += 1
            report.last_refusal = reason
        logger.debug(
            "mirror.message_refused",
            extra={"instrument": instrument_id[:40], "reason": reason},
        )
        return reason

    def flush(self) -> None:
        """Tell the candles that changed; call it after one or many messages."""
        self._market.flush()

    def reports(self) -> list[Report]:
        return list(self._reports.values())

    def _take(self, message: Message, report: Report) -> str:
        book = self._books[message.instrument_id]
        if isinstance(message, TradeSeen):
            return self._trade(message, book, report)
        if isinstance(message, FeedLost):
            self._lose(book, report)
        elif isinstance(message, BookSnapshot):
            if book.last_id is not None and message.last_id < book.last_id:
                return f"snapshot {message.last_id} is older than {book.last_id}"
            book.load(message)
        elif refusal := self._update(book, message, report):
            return refusal
        self._show(message.instrument_id, book)
        return ""

    def _update(self, book: MirrorBook, update: BookUpdate, report: Report) -> str:
        if book.last_id is None:
            return f"update {update.last_id} comes before any snapshot"
        if update.last_id <= book.last_id:
            return f"update {update.last_id} is not after {book.last_id}"
        if not book.joins(update):
            refusal = f"updates {book.last_id + 1} to {update.first_id - 1} are missing"
            self._lose(book, report)
            self._show(update.instrument_id, book)
            return refusal
        if not book.apply(update):
            return f"update {update.last_id} lets bid and ask cross"
        return ""

    def _lose(self, book: MirrorBook, report: Report) -> None:
        book.clear()
        report.gap_count += 1
        logger.warning("mirror.book_lost", extra={"instrument": report.instrument_id})

    def _show(self, instrument_id: str, book: MirrorBook) -> bool:
        return is_asked(self._venue, instrument_id, book.levels)

    def _trade(self, trade: TradeSeen, book: MirrorBook, report: Report) -> str:
        """Clients' orders at this price or better have their part of it first."""
        if trade.id and trade.id <= report.trade_id:
            return f"trade {trade.id} is not after {report.trade_id}"
        report.trade_id = max(trade.id, report.trade_id)
        left = self._grids[trade.instrument_id].whole_lots(trade.amount)
        if self._show(trade.instrument_id, book):
            left -= self._venue.take(trade.instrument_id, trade.side, left, trade.price)
        if left:
            self._venue.print_trade(trade.instrument_id, trade.side, left, trade.price)
        return ""
