"""What only the owner of a key may ask: money, fees, rights, orders and fills."""

from typing import Any

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _
from apps.markets.gateways import rights
from apps.markets.gateways.calling import SECTION, Calls, check_window
from apps.markets.gateways.parsing import accounts
from apps.markets.gateways.sieve import Notes
from apps.markets.gateways.types import (
    Balance,
    Batch,
    Fees,
    FillReport,
    KeyRights,
    Kind,
    OrderReport,
)

Params = dict[str, Any]


class Account(Calls):
    """The half of ``Gateway`` that reads the account of its credentials."""

    async def balances(self, *, kind: Kind = Kind.SPOT) -> Batch[Balance]:
        def read(raw: Any, notes: Notes) -> Batch[Balance]:
            return Batch(accounts.balances(raw, notes), notes.refusals())

        async def fetch() -> Any:
            # A unified account holds everything in one, and knows no type.
            is_unified = self._exchange.options.get("unifiedAccount") is True
            is_usual = kind is Kind.SPOT or is_unified
            params = {} if is_usual else {"type": SECTION[kind]}
            return await self._exchange.fetch_balance(params)

        return await self._read(fetch, read, is_private=True)

    async def fees(self, symbol: str | None = None) -> Fees:
        async def fetch() -> Any:
            if symbol is not None:
                return await self._exchange.fetch_trading_fee(symbol)
            answer = await self._exchange.privateWalletGetFee()
            return self._exchange.parse_trading_fee(answer)

        if symbol is None and not self._is_gate:
            raise InvalidInput(_("Name the symbol"), field="symbol")
        return await self._read(
            fetch, lambda raw, _n: accounts.fees(raw, symbol or ""), is_private=True
        )

    async def key_rights(self) -> KeyRights:
        asking = rights.ASKING.get(self._exchange.id, rights.untold)
        key = self._credentials.key if self._credentials else ""
        return await self._read(
            lambda: asking(self._exchange, key),
            lambda raw, _notes: raw,
            is_private=True,
            needs_markets=False,
        )

    async def my_trades(
        self,
        symbol: str | None = None,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
        order_id: str | None = None,
    ) -> Batch[FillReport]:
        check_window(since_ms, until_ms, limit)

        def read(raw: Any, notes: Notes) -> Batch[FillReport]:
            rows = accounts.fills(raw, notes)
            if order_id is not None:
                # Gate.io's perpetuals know no such filter and answer with everything.
                rows = tuple(row for row in rows if row.order_id == order_id)
            return Batch(rows, notes.refusals())

        params: Params = {} if until_ms is None else {"until": until_ms}
        if order_id is not None:
            params["orderId" if not self._is_gate else "order_id"] = order_id
        return await self._read(
            lambda: self._exchange.fetch_my_trades(symbol, since_ms, limit, params),
            read,
            is_private=True,
        )

    async def open_orders(
        self, symbol: str | None = None, *, is_trigger: bool = False
    ) -> Batch[OrderReport]:
        params = {"trigger": True} if is_trigger else {}
        return await self._read(
            lambda: self._exchange.fetch_open_orders(symbol, None, None, params),
            _orders,
            is_private=True,
        )

    async def finished_orders(
        self,
        symbol: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
        is_trigger: bool = False,
    ) -> Batch[OrderReport]:
        check_window(since_ms, until_ms, limit)
        params: Params = {"trigger": True} if is_trigger else {}
        if until_ms is not None:
            params["until"] = until_ms
        return await self._read(
            lambda: self._exchange.fetch_closed_orders(symbol, since_ms, limit, params),
            _orders,
            is_private=True,
        )

    async def order(
        self, order_id: str, symbol: str, *, is_trigger: bool = False
    ) -> OrderReport:
        params = {"trigger": True} if is_trigger else {}
        return await self._read(
            lambda: self._exchange.fetch_order(order_id, symbol, params),
            lambda raw, _notes: accounts.order(raw),
            is_private=True,
        )


def _orders(raw: Any, notes: Notes) -> Batch[OrderReport]:
    return Batch(accounts.orders(raw, notes), notes.refusals())
