"""Gate.io's own ways, where ccxt's would mislead us. Source: the protocol reference."""

from contextvars import ContextVar
from typing import Any, Final

from apps.common.wording import gettext as _
from apps.markets.gateways import verdicts
from apps.markets.gateways.door import Door
from apps.markets.gateways.errors import GatewayError
from apps.markets.gateways.sieve import current
from apps.markets.gateways.transport import Reply, Request

OPTIONS: Final[dict[str, Any]] = {
    # Without this ccxt asks for deliveries, options and coin-margined contracts too.
    "fetchMarkets": {"types": ["spot", "swap"]},
    "swap": {"fetchMarkets": {"settlementCurrencies": ["usdt"]}},
    "adjustForTimeDifference": False,
    # Set right before the first private call; ccxt would ask by itself, and take an
    # answer that failed for "classic".
    "unifiedAccount": False,
}
_rows: ContextVar[list[Any] | None] = ContextVar("gate_market_rows", default=None)


class GateDoor(Door):
    """Mixed in before ``ccxt.async_support.gate``."""

    def verdict(
        self, call: str, request: Request, reply: Reply, body: Any
    ) -> GatewayError | None:
        """The label decides, also in a 200; ccxt's classes for it change."""
        label, words = verdicts.message_in(body)
        has_label = isinstance(body, dict) and bool(body.get("label"))
        if not has_label and reply.status < 400:
            return None
        if has_label:
            kind = verdicts.of_gate(label, reply.status, words)
        else:
            kind = verdicts.of_status(reply.status, words)
        return self.failure(kind, call, reply, label, words)

    def weight_of(
        self, api: Any, method: str, path: str, params: Any, config: Any
    ) -> int:
        # Gate.io counts requests; ccxt's weights stand for its slower private pace.
        return 1

    # Markets. ccxt copies these to its camel-case names, by which it calls them itself.

    async def public_margin_get_currency_pairs(self, params: Any = None) -> list[Any]:
        # A pair that is being delisted stays "active" for ccxt while margin is on for
        # it. We trade no margin: nothing is asked, and nothing misleads.
        return []

    async def public_spot_get_currency_pairs(self, params: Any = None) -> Any:
        given = _rows.get()
        if given is not None:
            return given
        return await super().public_spot_get_currency_pairs(params or {})  # type: ignore[misc]

    async def public_futures_get_settle_contracts(self, params: Any = None) -> Any:
        given = _rows.get()
        if given is not None:
            return given
        return await super().public_futures_get_settle_contracts(params or {})  # type: ignore[misc]

    async def fetch_spot_markets(self, params: Any = None) -> list[Any]:
        rows = await self.public_spot_get_currency_pairs(params)
        parse = super().fetch_spot_markets  # type: ignore[misc]
        return await self._rowwise(parse, rows, "currency_pairs")

    async def fetch_swap_markets(self, params: Any = None) -> list[Any]:
        rows = await self.public_futures_get_settle_contracts({"settle": "usdt"})
        parse = super().fetch_swap_markets  # type: ignore[misc]
        return await self._rowwise(parse, rows, "contracts")

    async def _rowwise(self, parse: Any, rows: Any, name: str) -> list[Any]:
        """ccxt's reading of a whole list, or of each row when one spoils the list."""
        if not isinstance(rows, list):
            raise TypeError(name)
        try:
            return await _given(parse, rows)
        except Exception:
            return await self._one_by_one(parse, rows, name)

    async def _one_by_one(self, parse: Any, rows: list[Any], name: str) -> list[Any]:
        found: list[Any] = []
        for row in rows:
            try:
                if not isinstance(row, dict):
                    raise TypeError(name)
                found += await _given(parse, [row])
            except Exception:
                current().refuse(name, _("not the shape it should have"), row)
        return found


async def _given(parse: Any, rows: list[Any]) -> list[Any]:
    token = _rows.set(rows)
    try:
        found: list[Any] = await parse()
        return found
    finally:
        _rows.reset(token)
