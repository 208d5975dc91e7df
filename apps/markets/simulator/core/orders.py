"""Orders, fills, public trades and triggers, as the core keeps them."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from operator import attrgetter
from typing import Literal, NamedTuple

from apps.markets.simulator.core.exact import EXACT

Side = Literal["buy", "sell"]
OrderType = Literal["limit", "market"]
TimeInForce = Literal["gtc", "ioc", "fok", "poc"]
Status = Literal["open", "closed", "cancelled"]
Role = Literal["maker", "taker"]
TriggerStatus = Literal["open", "cancelled", "finish", "failed", "expired"]

ZERO = Decimal(0)
# Division ends somewhere; every amount that moves money is a product or a sum.
AVERAGE_STEP = Decimal("1E-18")


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a client asks for, already parsed, not yet judged.

    ``amount`` is in base; **of a market buy in quote**. ``price`` is None for market.
    ``text`` is "" when none was sent (the order then shows ``apiv4``).
    """

    instrument: str
    side: Side
    amount: Decimal
    price: Decimal | None = None
    type: OrderType = "limit"
    time_in_force: TimeInForce = "gtc"
    text: str = ""
    stp_act: str = "-"
    account: str = "spot"
    iceberg: Decimal = ZERO


@dataclass(slots=True)
class Order:
    """One order's whole life. ``finish_as`` is "open" while it works.

    ``left`` is what ``amount`` counts, still to do (quote for a market buy);
    ``locked`` is what it still holds back in ``locked_currency``; ``priority`` grows
    with the place in the queue. ``fee`` is in ``fee_currency``.
    """

    id: int
    account_id: str
    instrument: str
    side: Side
    type: OrderType
    price: Decimal
    amount: Decimal
    time_in_force: TimeInForce
    text: str
    account: str
    create_time_ms: int
    update_time_ms: int
    left: Decimal
    status: Status = "open"
    finish_as: str = "open"
    filled_amount: Decimal = ZERO
    filled_total: Decimal = ZERO
    fee: Decimal = ZERO
    fee_currency: str = ""
    locked: Decimal = ZERO
    locked_currency: str = ""
    amend_text: str = "-"
    stp_id: int = 0
    stp_act: str = "-"
    priority: int = 0
    iceberg: Decimal = ZERO
    point_fee: Decimal = ZERO
    gt_fee: Decimal = ZERO
    rebated_fee: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def is_market_buy(self) -> bool:
        return self.type == "market" and self.side == "buy"

    @property
    def avg_deal_price(self) -> Decimal:
        """Quote per base over all fills; 0 without a fill. Rounded to 18 decimals."""
        if not self.filled_amount:
            return ZERO
        average = EXACT.divide(self.filled_total, self.filled_amount)
        rounded = average.quantize(AVERAGE_STEP, ROUND_HALF_EVEN, EXACT)
        return rounded.normalize(EXACT)

    def copy(self) -> "Order":
        """The order as it is now, for events and answers."""
        return Order(*_fields_of(self))


_fields_of = attrgetter(*Order.__slots__)


class Fill(NamedTuple):
    """One side of a trade: ``amount`` in base, ``price`` quote per base."""

    id: int
    account_id: str
    order_id: int
    instrument: str
    side: Side
    role: Role
    amount: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    create_time_ms: int
    text: str


class PublicTrade(NamedTuple):
    """What everybody sees of a trade. ``side`` is the taker's."""

    id: int
    instrument: str
    side: Side
    amount: Decimal
    price: Decimal
    time_ms: int


@dataclass(frozen=True, slots=True)
class TriggerRequest:
    """Place ``put`` when a trade price is ``rule`` (">=" or "<=") ``price``.

    ``expiration_s`` seconds after which it expires.
    """

    put: OrderRequest
    price: Decimal
    rule: Literal[">=", "<="]
    expiration_s: int = 86_400


@dataclass(slots=True)
class Trigger:
    """A price-triggered order. ``fired_order_id`` is 0 until it fired."""

    id: int
    account_id: str
    request: TriggerRequest
    create_time_ms: int
    status: TriggerStatus = "open"
    finish_time_ms: int = 0
    fired_order_id: int = 0
    reason: str = ""

    @property
    def expires_ms(self) -> int:
        return self.create_time_ms + self.request.expiration_s * 1000


@dataclass(frozen=True, slots=True)
class BookView:
    """A copy of a book: best first, ``(price, amount)``. ``id`` is its counter."""

    instrument: str
    id: int
    time_ms: int
    update_ms: int
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
