"""The trading floor: what every desk of the venue shares."""

from decimal import ROUND_UP, Decimal

from apps.markets.simulator.core.accounts import HOUSE, Account
from apps.markets.simulator.core.book import BookSide
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.events import BookChanged, Traded
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.market import Market
from apps.markets.simulator.core.orders import Fill, PublicTrade, Side
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.core.record import Record
from apps.markets.simulator.core.state import State

LIQUIDITY = "liquidity"  # the account behind all background liquidity
TRADE_IDS = 100_000  # trade ids set aside by one journal line
FEE_STEP = Decimal("1E-18")
ZERO = Decimal(0)


class Floor:
    """State, record and markets, and the few steps that several desks take."""

    def __init__(self, state: State, record: Record, quirks: Quirks) -> None:
        self.state = state
        self.record = record
        self.quirks = quirks
        self.markets: dict[str, Market] = {}

    @property
    def house(self) -> Account:
        return self.state.accounts[HOUSE]

    @property
    def liquidity(self) -> Account:
        return self.state.accounts[LIQUIDITY]

    def market(self, instrument_id: str) -> Market:
        """Raises Rejected INVALID_CURRENCY_PAIR."""
        market = self.markets.get(instrument_id)
        if market is None:
            message = f"Invalid currency pair {instrument_id:.40}"
            raise Rejected("INVALID_CURRENCY_PAIR", message)
        return market

    def account(self, account_id: str) -> Account:
        """Raises Rejected USER_NOT_FOUND."""
        account = self.state.accounts.get(account_id)
        if account is None:
            raise Rejected("USER_NOT_FOUND", "no such account")
        return account

    def fee(
        self, account: Account, instrument: Instrument, role: str, received: Decimal
    ) -> Decimal:
        """What is taken of ``received``; up to 18 decimals, rounded for the house."""
        maker, taker = self.fee_rates(account, instrument)
        fee = received * (maker if role == "maker" else taker)
        if instrument.price_precision + instrument.amount_precision > 10:
            exponent = fee.as_tuple().exponent
            if isinstance(exponent, int) and exponent < -18:
                return fee.quantize(FEE_STEP, ROUND_UP)
        return fee

    def fee_rates(
        self, account: Account, instrument: Instrument
    ) -> tuple[Decimal, Decimal]:
        """Maker and taker ratio; an account's own go before the instrument's."""
        maker, taker = account.maker_fee, account.taker_fee
        return (
            instrument.maker_fee if maker is None else maker,
            instrument.taker_fee if taker is None else taker,
        )

    def new_trade(
        self, market: Market, side: Side, amount: Decimal, price: Decimal
    ) -> PublicTrade:
        """Number a trade and put it on the tape."""
        counters = self.state.counters
        counters.trade += 1
        if counters.trade > counters.trade_reserved:
            # Prints of the background are not journaled one by one; setting ids
            # aside keeps them unique over a restart.
            counters.trade_reserved = counters.trade + TRADE_IDS
            self.record.line("ids", trade=counters.trade_reserved)
        now = self.state.last_ms
        trade = PublicTrade(
            counters.trade, market.instrument.id, side, amount, price, now
        )
        market.note(trade)
        return trade

    def announce_trade(self, trade: PublicTrade, *fills: Fill) -> None:
        if self.record.callbacks:
            self.record.event(Traded(trade, fills))

    def commit(self, why: str, *markets: Market) -> None:
        """Close the operation that touched these markets' books."""
        for market in markets:
            self._count_changes(market)
        self.record.commit(why)

    def _count_changes(self, market: Market) -> None:
        book = market.book
        changed = len(book.bids.touched) + len(book.asks.touched)
        if not changed:
            return
        first = book.id + 1
        book.id += changed
        market.update_ms = self.state.last_ms
        if market.watchers and self.record.callbacks:
            self.record.event(
                BookChanged(
                    market.instrument.id,
                    first,
                    book.id,
                    _touched_levels(book.bids),
                    _touched_levels(book.asks),
                    self.state.last_ms,
                )
            )
        book.bids.touched.clear()
        book.asks.touched.clear()


def _touched_levels(side: BookSide) -> tuple[tuple[Decimal, Decimal], ...]:
    prices = sorted(side.touched, reverse=side.is_bid)
    levels = side.levels
    return tuple(
        (price, levels[price].total if price in levels else ZERO) for price in prices
    )
