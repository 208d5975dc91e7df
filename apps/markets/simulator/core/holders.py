"""Opening accounts, and money that enters or leaves the venue."""

from collections.abc import Mapping
from decimal import Decimal

from apps.markets.simulator.core import rules
from apps.markets.simulator.core.accounts import Account
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.floor import Floor
from apps.markets.simulator.core.lines import account_line

ZERO = Decimal(0)


class Holders:
    """The only place where a currency's sum over all accounts changes."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.state = floor.state
        self.record = floor.record

    def ensure(
        self,
        account_id: str,
        *,
        uid: int | None = None,
        maker_fee: Decimal | None = None,
        taker_fee: Decimal | None = None,
        stp_group: int = 0,
        is_unlimited: bool = False,
        deposits: Mapping[str, Decimal] | None = None,
    ) -> Account:
        """The account with these terms; deposits only when it is new."""
        self.record.now_ms()
        account = self.state.accounts.get(account_id)
        is_new = account is None
        if account is None:
            account = Account(account_id, self._uid(uid))
            self.state.accounts[account_id] = account
        before = account_line(account)
        account.maker_fee, account.taker_fee = maker_fee, taker_fee
        account.stp_group, account.is_unlimited = stp_group, is_unlimited
        if is_new or account_line(account) != before:
            self.record.line("account", **account_line(account))
        if is_new:
            for currency, amount in (deposits or {}).items():
                self._move("deposit", account, currency, amount)
        self.record.commit("deposit")
        return account

    def deposit(self, account_id: str, currency: str, amount: Decimal) -> None:
        self.record.now_ms()
        account = self.floor.account(account_id)
        rules.check_number("amount", amount)
        self._move("deposit", account, currency, amount)
        self.record.commit("deposit")

    def withdraw(self, account_id: str, currency: str, amount: Decimal) -> None:
        """Raises Rejected BALANCE_NOT_ENOUGH."""
        self.record.now_ms()
        account = self.floor.account(account_id)
        rules.check_number("amount", amount)
        if amount > account.available(currency):
            raise Rejected("BALANCE_NOT_ENOUGH", f"not enough {currency} available")
        self._move("withdraw", account, currency, -amount)
        self.record.commit("withdraw")

    def _move(
        self, kind: str, account: Account, currency: str, change: Decimal
    ) -> None:
        total = self.record.change(account, currency, change, ZERO)
        self.record.line(
            kind,
            account=account.id,
            currency=currency,
            change=str(change),
            total=str(total),
        )
        self.state.add_entry(account.id, currency, change, total, kind)

    def _uid(self, uid: int | None) -> int:
        counters = self.state.counters
        counters.uid = max(counters.uid + 1, uid or 0)
        return uid or counters.uid
