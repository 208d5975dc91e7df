"""What everybody may see of an instrument."""

from decimal import Decimal
from itertools import islice

from apps.markets.simulator.core.book import BookSide
from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.orders import BookView, PublicTrade
from apps.markets.simulator.core.reading import page_of
from apps.markets.simulator.core.venue.parts import Parts


class Showing(Parts):
    """Books, trades, last prices."""

    @exactly
    def book(self, instrument_id: str, depth: int = 10) -> BookView:
        """The best ``depth`` levels of each side with the book's counter."""
        market = self._floor.market(instrument_id)
        self._liquidity.refresh(market)
        return BookView(
            instrument_id,
            market.book.id,
            self._record.now_ms(),
            market.update_ms,
            _top(market.book.bids, depth),
            _top(market.book.asks, depth),
        )

    def public_trades(
        self,
        instrument_id: str,
        *,
        from_ms: int | None = None,
        to_ms: int | None = None,
        last_id: int | None = None,
        page: int = 1,
        limit: int = 100,
    ) -> list[PublicTrade]:
        """Newest first. Only the last 10,000 of each instrument are kept."""
        trades = self._reading.public_trades(instrument_id, from_ms, to_ms, last_id)
        return page_of(trades, page, limit)

    def last_price(self, instrument_id: str) -> Decimal | None:
        """The price of the last trade; None before the first."""
        return self._floor.market(instrument_id).last


def _top(side: BookSide, depth: int) -> tuple[tuple[Decimal, Decimal], ...]:
    levels = islice(side.best_first(), depth)
    return tuple((level.price, level.total) for level in levels)
