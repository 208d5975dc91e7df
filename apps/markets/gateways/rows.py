"""ccxt's reading of lists, row by row: one that it cannot read costs itself only."""

from collections.abc import Callable
from typing import Any

from apps.common.wording import gettext as _
from apps.markets.gateways.exact import Exact
from apps.markets.gateways.parsing.candles import COLUMNS
from apps.markets.gateways.sieve import current


class Rows(Exact):
    """A mixin over a ccxt exchange."""

    id: str

    def parse_ohlcvs(
        self,
        ohlcvs: Any,
        market: Any = None,
        timeframe: str = "1m",
        since: Any = None,
        limit: Any = None,
        tail: bool = False,
    ) -> list[Any]:
        """The rows as they were sent where ``parsing.candles`` knows the columns."""
        if self.id in COLUMNS and isinstance(ohlcvs, list):
            return ohlcvs
        return self._each(self.parse_ohlcv, ohlcvs, market, "candle")  # type: ignore[attr-defined]

    def parse_trades(
        self,
        trades: Any,
        market: Any = None,
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> list[Any]:
        """Neither sorted nor cut: ``parsing.trades`` does both, and counts."""
        return self._each(self.parse_trade, trades, market, "trade")  # type: ignore[attr-defined]

    def parse_orders(
        self,
        orders: Any,
        market: Any = None,
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> list[Any]:
        return self._each(self.parse_order, orders, market, "order")  # type: ignore[attr-defined]

    def parse_tickers(
        self, tickers: Any, symbols: Any = None, params: Any = None
    ) -> Any:
        found = self._each(self.parse_ticker, tickers, None, "ticker")  # type: ignore[attr-defined]
        wanted_symbols = self.market_symbols(symbols)  # type: ignore[attr-defined]
        return self.filter_by_array_tickers(found, "symbol", wanted_symbols)  # type: ignore[attr-defined]

    def _each(
        self, parse: Callable[[Any, Any], Any], rows: Any, market: Any, name: str
    ) -> list[Any]:
        """ccxt's reading of each row; one that it cannot read is refused."""
        if not isinstance(rows, list):
            rows = list(rows.values())
        found = []
        for row in rows:
            try:
                found.append(parse(row, market))
            except Exception:
                # Whatever ccxt stumbles over in one row, it is that row's fault.
                current().refuse(name, _("not the shape it should have"), row)
        return found
