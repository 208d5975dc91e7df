"""For the sources: liquidity of an account without limit, not in the journal."""

from decimal import Decimal

from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.market import Levels, MakeLevels
from apps.markets.simulator.core.orders import PublicTrade, Side
from apps.markets.simulator.core.venue.parts import Parts


class Supply(Parts):
    """What a source of prices does to a book."""

    @exactly
    def make_market(
        self, instrument_id: str, levels: tuple[Levels, Levels] | MakeLevels
    ) -> None:
        """Replace the background liquidity of a book: ``(bids, asks)``, best first.

        ``(price, amount)`` on the tick and lot; the best bid is not above the best ask
        (where they meet there is no spread). Levels that cross client orders
        trade with them (the client is the maker). A callable is asked only when the
        book is looked at or a client order or trigger stands in it: give it to keep
        a fast replay fast. What clients took from a level is back with the next call.
        """
        market = self._floor.market(instrument_id)
        self._liquidity.make(market, levels)
        self._triggers.fire_due(market)

    @exactly
    def take(
        self,
        instrument_id: str,
        side: Side,
        amount: Decimal,
        price: Decimal | None = None,
    ) -> Decimal:
        """The background takes from the book, clients' orders too, up to ``price``.

        Returns how much of ``amount`` (base) was traded; the rest is dropped.
        """
        market = self._floor.market(instrument_id)
        traded = self._liquidity.take(market, side, amount, price)
        self._triggers.fire_due(market)
        return traded

    def print_trade(
        self, instrument_id: str, side: Side, amount: Decimal, price: Decimal
    ) -> PublicTrade:
        """A trade within the background: shown and triggering, moving no balance.

        It leaves the book alone, so it should lie within the spread or at the touch.
        """
        market = self._floor.market(instrument_id)
        trade = self._liquidity.print_trade(market, side, amount, price)
        if market.has_triggers:
            self._triggers.fire_due(market)
        return trade
