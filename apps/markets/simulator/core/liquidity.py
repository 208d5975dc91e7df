"""Background liquidity: the sources' side of the books, outside the journal."""

from collections.abc import Mapping
from decimal import Decimal

from apps.markets.simulator.core.book import Background
from apps.markets.simulator.core.floor import Floor
from apps.markets.simulator.core.market import Levels, MakeLevels, Market
from apps.markets.simulator.core.matching import Matching
from apps.markets.simulator.core.orders import PublicTrade, Side

ZERO = Decimal(0)


class Liquidity:
    """Lets the sources quote, take and print."""

    def __init__(self, floor: Floor, matching: Matching) -> None:
        self.floor = floor
        self.matching = matching

    def make(self, market: Market, levels: tuple[Levels, Levels] | MakeLevels) -> None:
        """Replace the background, now or, given a callable, when somebody looks."""
        if callable(levels):
            market.due_levels = levels
            if market.is_looked_at:
                self.refresh(market)
            return
        market.due_levels = None
        self._replace(market, *levels)

    def refresh(self, market: Market) -> None:
        """Build the levels that are due, before somebody looks at the book."""
        if market.due_levels is not None:
            build, market.due_levels = market.due_levels, None
            self._replace(market, *build())

    def take(
        self, market: Market, side: Side, amount: Decimal, price: Decimal | None
    ) -> Decimal:
        """Trade up to ``amount`` against the book; how much it was."""
        self.refresh(market)
        self.floor.record.now_ms()
        taker = Background(amount)
        opposite = market.book.opposite(side)
        while taker.left:
            level = opposite.best()
            if level is None or (price is not None and not opposite.reaches(price)):
                break
            traded = min(taker.left, level.first().left)
            taker.left -= traded
            self.matching.trade(market, taker, side, level, traded)
        self.floor.commit("order-match", market)
        return amount - taker.left

    def print_trade(
        self, market: Market, side: Side, amount: Decimal, price: Decimal
    ) -> PublicTrade:
        self.floor.record.now_ms()
        trade = self.floor.new_trade(market, side, amount, price)
        self.floor.announce_trade(trade)
        self.floor.commit("order-match", market)
        return trade

    def _replace(self, market: Market, bids: Levels, asks: Levels) -> None:
        """Raises ValueError when the levels cross one another.

        Equal prices do not: a replayed candle is a market without a spread.
        """
        if bids and asks and bids[0][0] > asks[0][0]:
            raise ValueError(f"bid {bids[0][0]} is above ask {asks[0][0]}")
        self.floor.record.now_ms()
        wanted_bids, wanted_asks = dict(bids), dict(asks)
        book = market.book
        # Where bid and ask meet (a source without spread) both are put in anew, lest
        # the background trade with itself.
        meeting = wanted_bids.keys() & wanted_asks.keys()
        book.bids.keep_background(wanted_bids.keys() - meeting)
        book.asks.keep_background(wanted_asks.keys() - meeting)
        if market.clients:
            wanted_bids = self._cross(market, "buy", wanted_bids)
            wanted_asks = self._cross(market, "sell", wanted_asks)
        book.bids.set_background(wanted_bids)
        book.asks.set_background(wanted_asks)
        self.floor.commit("order-match", market)

    def _cross(
        self, market: Market, side: Side, levels: Mapping[Decimal, Decimal]
    ) -> dict[Decimal, Decimal]:
        """Trade new levels with the client orders they reach; what is left of them."""
        opposite = market.book.opposite(side)
        left = {}
        for price, amount in levels.items():
            taker = Background(amount)
            while taker.left and opposite.reaches(price):
                level = opposite.best()
                assert level is not None
                traded = min(taker.left, level.first().left)
                taker.left -= traded
                self.matching.trade(market, taker, side, level, traded)
            if taker.left:
                left[price] = taker.left
        return left
