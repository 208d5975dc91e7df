"""What can be traded, and by which rules."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

TradeStatus = Literal["tradable", "untradable", "buyable", "sellable"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """Trading rules of one market.

    ``price_precision`` and ``amount_precision`` are numbers of decimals; ``min_base``
    and ``min_quote`` amounts; fees are ratios (0.002 is 0.2 %).
    """

    id: str
    base: str
    quote: str
    price_precision: int
    amount_precision: int
    min_base: Decimal = Decimal("0")
    min_quote: Decimal = Decimal("3")
    maker_fee: Decimal = Decimal("0.002")
    taker_fee: Decimal = Decimal("0.002")
    status: TradeStatus = "tradable"
    kind: str = "spot"

    @property
    def tick(self) -> Decimal:
        return Decimal(1).scaleb(-self.price_precision)

    @property
    def lot(self) -> Decimal:
        return Decimal(1).scaleb(-self.amount_precision)

    def allows(self, side: str) -> bool:
        """Whether an order of this side is taken now."""
        return self.status == "tradable" or self.status == f"{side}able"
