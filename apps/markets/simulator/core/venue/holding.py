"""Whose money: accounts, their keys, balances and books."""

from collections.abc import Mapping
from decimal import Decimal

from apps.markets.simulator.core.accounts import Account, Balance, BookEntry, Key
from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.reading import page_of
from apps.markets.simulator.core.venue.listing import Listing


class Holding(Listing):
    """The accounts and what they hold."""

    @property
    def accounts(self) -> Mapping[str, Account]:
        return self._state.accounts

    @exactly
    def ensure_account(
        self,
        account_id: str,
        *,
        uid: int | None = None,
        keys: Mapping[str, Key] | None = None,
        deposits: Mapping[str, Decimal] | None = None,
        maker_fee: Decimal | None = None,
        taker_fee: Decimal | None = None,
        stp_group: int = 0,
        is_unlimited: bool = False,
    ) -> Account:
        """The account; made, with its first deposits, if the journal has none.

        ``keys`` are taken over each time, as the journal does not hold them.
        """
        account = self._holders.ensure(
            account_id,
            uid=uid,
            maker_fee=maker_fee,
            taker_fee=taker_fee,
            stp_group=stp_group,
            is_unlimited=is_unlimited,
            deposits=deposits or {},
        )
        account.keys.update(keys or {})
        return account

    def account_of_key(self, key: str) -> tuple[Account, Key] | None:
        """Who owns an API key (revoked ones too), and the key."""
        for account in self._state.accounts.values():
            if key in account.keys:
                return account, account.keys[key]
        return None

    @exactly
    def deposit(self, account_id: str, currency: str, amount: Decimal) -> None:
        self._holders.deposit(account_id, currency, amount)

    @exactly
    def withdraw(self, account_id: str, currency: str, amount: Decimal) -> None:
        """Raises Rejected BALANCE_NOT_ENOUGH."""
        self._holders.withdraw(account_id, currency, amount)

    def balances(self, account_id: str) -> dict[str, Balance]:
        """Copies, by currency."""
        return {
            currency: Balance(balance.available, balance.locked)
            for currency, balance in self._floor.account(account_id).balances.items()
        }

    def account_book(
        self,
        account_id: str,
        *,
        currency: str | None = None,
        type: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        page: int = 1,
        limit: int = 100,
    ) -> list[BookEntry]:
        """Newest first."""
        entries = self._reading.account_book(account_id, currency, type, from_ms, to_ms)
        return page_of(entries, page, limit)

    def fees(self, account_id: str, instrument_id: str) -> tuple[Decimal, Decimal]:
        """Maker and taker ratio which this account pays on this instrument."""
        account = self._floor.account(account_id)
        return self._floor.fee_rates(account, self.instrument(instrument_id))
