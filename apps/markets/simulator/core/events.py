"""News of the core, in the order in which things happened.

An event is delivered only after the journal line it rests on is durable. The values it
carries are copies: they do not change afterwards.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import Fill, Order, PublicTrade, Trigger

Levels = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """``what``: "put" (accepted), "update" (fill or amend, still open), "finish"."""

    order: Order
    what: Literal["put", "update", "finish"]


@dataclass(frozen=True, slots=True)
class Traded:
    """A public trade and the fills of the client accounts in it (none, one or two)."""

    trade: PublicTrade
    fills: tuple[Fill, ...] = ()


@dataclass(frozen=True, slots=True)
class BalanceChanged:
    """Totals after one operation, and what it changed, of one account and currency.

    ``change_type``: order-create, order-match, order-update, order-cancel, deposit,
    withdraw.
    """

    account_id: str
    currency: str
    available: Decimal
    locked: Decimal
    available_change: Decimal
    locked_change: Decimal
    change_type: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class BookChanged:
    """Levels that changed between book ids ``first_id`` and ``last_id``.

    ``(price, amount)`` with the level's new amount; 0 removes it.
    """

    instrument: str
    first_id: int
    last_id: int
    bids: Levels
    asks: Levels
    time_ms: int


@dataclass(frozen=True, slots=True)
class TriggerChanged:
    """A trigger was placed, fired, failed, expired or was cancelled."""

    trigger: Trigger


@dataclass(frozen=True, slots=True)
class InstrumentChanged:
    """An instrument is new or its rules changed."""

    instrument: Instrument


Event = (
    OrderChanged
    | Traded
    | BalanceChanged
    | BookChanged
    | TriggerChanged
    | InstrumentChanged
)
