"""Who trades: accounts, their keys and their balances."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

HOUSE = "house"  # receives every fee, pays every rebate
Permission = Literal["read-only", "spot", "withdraw"]
ZERO = Decimal(0)


@dataclass(slots=True)
class Key:
    """An API key. It lives in memory only: secrets never reach the journal."""

    secret: str
    permissions: frozenset[Permission] = frozenset({"spot"})
    revoked: bool = False
    ips: tuple[str, ...] = ()


@dataclass(slots=True)
class Balance:
    """``available`` is free to use, ``locked`` is held by open orders."""

    available: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.available + self.locked


@dataclass(slots=True)
class Account:
    """One holder of balances.

    ``id`` is what the core calls it, ``uid`` the number Gate.io shows.
    ``is_unlimited`` accounts (liquidity, house) may go below zero. ``maker_fee`` and
    ``taker_fee`` override the instrument's. Accounts of one ``stp_group`` (0: none) do
    not trade with each other.
    """

    id: str
    uid: int
    keys: dict[str, Key] = field(default_factory=dict)
    balances: dict[str, Balance] = field(default_factory=dict)
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None
    stp_group: int = 0
    is_unlimited: bool = False

    def available(self, currency: str) -> Decimal:
        """What is free to use; asking leaves no trace."""
        held = self.balances.get(currency)
        return ZERO if held is None else held.available

    def balance(self, currency: str) -> Balance:
        """The balance of ``currency``, made at zero when there is none."""
        found = self.balances.get(currency)
        if found is None:
            found = self.balances[currency] = Balance()
        return found


class BookEntry(NamedTuple):
    """One line of the account book: ``balance`` is the total after ``change``.

    ``type``: deposit, withdraw, order-match or trade-fee-deduct.
    """

    id: int
    time_ms: int
    currency: str
    change: Decimal
    balance: Decimal
    type: str
    order_id: int = 0
