"""Shows a real exchange's book and trades, with our clients' orders among them."""

import logging
from collections.abc import AsyncIterable

from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.mirror.book import MirrorBook
from apps.markets.simulator.sources.mirror.messages import (
    BookSnapshot,
    BookUpdate,
    Message,
    TradeSeen,
)
from apps.markets.simulator.sources.tape import Levels

logger = logging.getLogger(__name__)


class Mirror:
    """``gap_count``: how often a book lost an update and stood empty."""

    def __init__(self, venue: Venue, market: CandleMarket) -> None:
        self._venue, self._market = venue, market
        self._books: dict[str, MirrorBook] = {}
        self.gap_count = 0

    async def run(self, feed: AsyncIterable[Message]) -> None:
        """Take messages until the feed ends or the task is cancelled."""
        async for message in feed:
            self.receive(message)
            self._market.flush()

    def receive(self, message: Message) -> None:
        """Take one message; its instrument is one of the venue's."""
        book = self._books.setdefault(message.instrument_id, MirrorBook())
        if isinstance(message, TradeSeen):
            self._trade(message, book)
            return
        if isinstance(message, BookSnapshot):
            book.load(message)
        else:
            self._update(book, message)
        self._show(message.instrument_id, book)

    def _update(self, book: MirrorBook, update: BookUpdate) -> None:
        if not book.apply(update):
            self.gap_count += 1
            logger.warning(
                "mirror.update_lost", extra={"instrument": update.instrument_id}
            )

    def _show(self, instrument_id: str, book: MirrorBook) -> bool:
        """Whether somebody looks: the levels were asked for on the spot."""
        asked = False

        def levels() -> tuple[Levels, Levels]:
            nonlocal asked
            asked = True
            return book.levels()

        self._venue.make_market(instrument_id, levels)
        return asked

    def _trade(self, trade: TradeSeen, book: MirrorBook) -> None:
        """Clients' orders at this price or better have their part of it first."""
        left = trade.amount
        if self._show(trade.instrument_id, book):
            left -= self._venue.take(
                trade.instrument_id, trade.side, trade.amount, trade.price
            )
        if left:
            self._venue.print_trade(trade.instrument_id, trade.side, left, trade.price)
