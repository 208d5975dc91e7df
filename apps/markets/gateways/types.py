"""What an exchange tells us, as values: Decimal money, integer milliseconds, no dicts.

Every price here is finite and above zero, every quantity finite and not below zero;
what an exchange leaves out is None. Texts are the exchange's own: escape them on pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Literal, TypeVar

Row = TypeVar("Row")
Side = Literal["buy", "sell"]


class Kind(StrEnum):
    """The same words as ``InstrumentKind``."""

    SPOT = "spot"
    PERPETUAL = "perpetual"


class MarketStatus(StrEnum):
    """``halted``: listed, and (some) orders are not taken now."""

    ACTIVE = "active"
    HALTED = "halted"
    DELISTED = "delisted"


class OrderState(StrEnum):
    """``ended`` is every end but a whole fill: look at ``filled``."""

    OPEN = "open"
    FILLED = "filled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that was not taken: where, which rule it broke, and its short text."""

    field: str
    rule: str
    given: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """Rows of an answer that were dropped: how many by rule, and the first few."""

    counts: tuple[tuple[str, int], ...] = ()
    examples: tuple[Refusal, ...] = ()

    @property
    def total(self) -> int:
        return sum(count for _rule, count in self.counts)

    def __bool__(self) -> bool:
        return bool(self.counts)


@dataclass(frozen=True, slots=True)
class Batch(Generic[Row]):
    """The good rows of an answer, and what was refused of it."""

    rows: tuple[Row, ...]
    refusals: Refusals = Refusals()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key of one exchange account. Neither ``str`` nor ``repr`` shows any of it."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(default="", repr=False)

    def __str__(self) -> str:
        return "Credentials(hidden)"


@dataclass(frozen=True, slots=True)
class MarketRules:
    """What is traded and by which rules. An unknown rule is None.

    ``symbol`` is ``BTC/USDT``, for a perpetual ``BTC/USDT:USDT``. Quantities of a
    perpetual are contracts of ``contract_size`` base units each. Fees are ratios.
    """

    symbol: str
    exchange_id: str
    base: str
    quote: str
    kind: Kind = Kind.SPOT
    settle: str = ""
    contract_size: Decimal | None = None
    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    min_quantity: Decimal | None = None
    max_quantity: Decimal | None = None
    min_notional: Decimal | None = None
    max_notional: Decimal | None = None
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None
    status: MarketStatus = MarketStatus.ACTIVE
    listed_at_ms: int | None = None
    delisted_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Ticker:
    """The last 24 hours in a line; ``change_pct`` is per cent."""

    symbol: str
    last: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    open: Decimal | None = None
    change_pct: Decimal | None = None
    base_volume: Decimal | None = None
    quote_volume: Decimal | None = None
    mark: Decimal | None = None
    index: Decimal | None = None
    time_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Candle:
    """``time_ms`` is the open time. ``quote_volume`` None: the exchange tells none.

    ``is_closed`` is the exchange's flag where it has one, else its clock past the end.
    """

    time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal | None
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Level:
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Best levels first. ``sequence`` is the exchange's counter, where it has one."""

    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    sequence: int | None = None
    time_ms: int | None = None
    refusals: Refusals = Refusals()


@dataclass(frozen=True, slots=True)
class PublicTrade:
    """``side`` is the taker's."""

    id: str
    symbol: str
    time_ms: int
    side: Side | None
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class FundingRate:
    """What longs pay shorts at ``time_ms``, a ratio of the notional; often negative."""

    symbol: str
    time_ms: int
    rate: Decimal
    mark: Decimal | None = None
    index: Decimal | None = None
    interval_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """``total`` is ``available`` plus ``reserved``, unless the exchange says else."""

    currency: str
    available: Decimal
    reserved: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Fees:
    """Ratios of the notional; ``symbol`` is empty for the account's usual ones."""

    symbol: str
    maker: Decimal
    taker: Decimal


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What a key may do; None where the exchange does not tell.

    ``rights`` are its own words, ``name:read`` or ``name:write``; ``addresses`` those
    it may be used from, empty when from everywhere. ``account_mode`` is classic or
    unified, empty when not told.
    """

    user_id: str = ""
    can_read: bool | None = None
    can_trade: bool | None = None
    can_withdraw: bool | None = None
    rights: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    account_mode: str = ""


@dataclass(frozen=True, slots=True)
class HistoryLimits:
    """How candles are paged: ``per_call`` at once, none older than ``reach`` of them.

    ``reach`` None: no limit is known.
    """

    per_call: int
    reach: int | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """``offset_ms`` is the exchange's clock minus ours, exact to half a round trip."""

    offset_ms: int
    round_trip_ms: int
    measured_at_ms: int


@dataclass(frozen=True, slots=True)
class FeePaid:
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class FillReport:
    """One execution of one of our orders, as the exchange tells it. Ids are texts."""

    id: str
    order_id: str
    client_order_id: str
    symbol: str
    side: Side
    role: Literal["maker", "taker", ""]
    price: Decimal
    quantity: Decimal
    cost: Decimal
    fees: tuple[FeePaid, ...]
    time_ms: int


@dataclass(frozen=True, slots=True)
class OrderReport:
    """One of our orders, as the exchange tells it now.

    ``end_reason`` is its own word (``ioc``, ``poc``, ``stp``...). A market buy by cost
    has no quantity of its own: it is worked out from what was filled and what is left.
    """

    id: str
    client_order_id: str
    symbol: str
    side: Side | None
    order_type: str
    time_in_force: str
    state: OrderState
    end_reason: str
    price: Decimal | None
    average: Decimal | None
    trigger_price: Decimal | None
    quantity: Decimal | None
    filled: Decimal | None
    remaining: Decimal | None
    cost: Decimal | None
    fees: tuple[FeePaid, ...]
    is_post_only: bool
    is_reduce_only: bool
    created_at_ms: int | None
    updated_at_ms: int | None
