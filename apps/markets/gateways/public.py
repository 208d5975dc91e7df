"""What everybody may ask: markets, prices, candles, books, trades, funding."""

from collections.abc import Collection
from typing import Any, Final

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.gateways.calling import SECTION, Calls, check_window
from apps.markets.gateways.parsing import quotes
from apps.markets.gateways.parsing.candles import COLUMNS, USUAL, Window, candles
from apps.markets.gateways.parsing.markets import market_rules
from apps.markets.gateways.sieve import Notes, sifted
from apps.markets.gateways.types import (
    Batch,
    Candle,
    FundingRate,
    HistoryLimits,
    Kind,
    MarketRules,
    OrderBook,
    PublicTrade,
    Ticker,
)

Params = dict[str, Any]
_GATE_LIMITS: Final = {
    Kind.SPOT: HistoryLimits(1000, 10_000),
    Kind.PERPETUAL: HistoryLimits(1999, 10_000),
}


class PublicFacts(Calls):
    """The half of ``Gateway`` that needs no key."""

    def history_limits(self, kind: Kind = Kind.SPOT) -> HistoryLimits:
        if self._is_gate:
            return _GATE_LIMITS[kind]
        features = self._exchange.features or {}
        section = features.get(SECTION[kind]) or {}
        if kind is Kind.PERPETUAL:
            section = section.get("linear") or section
        return HistoryLimits((section.get("fetchOHLCV") or {}).get("limit") or 100)

    async def load_markets(self, *, reload: bool = False) -> Batch[MarketRules]:
        def read(refused: Notes, notes: Notes) -> Batch[MarketRules]:
            notes.add(refused)
            mode, now = self._exchange.precisionMode, self._around.clock.now_ms()
            rows = sifted(
                self._exchange.markets.values(),
                lambda row: market_rules(row, precision_mode=mode, now_ms=now),
                "market",
                notes,
            )
            return Batch(rows, notes.refusals())

        return await self._read(
            lambda: self._known_markets(reload=reload), read, needs_markets=False
        )

    async def tickers(
        self, symbols: Collection[str] | None = None, *, kind: Kind = Kind.SPOT
    ) -> Batch[Ticker]:
        def read(raw: Any, notes: Notes) -> Batch[Ticker]:
            rows = sifted(raw.values(), quotes.ticker, "ticker", notes)
            return Batch(rows, notes.refusals())

        wanted = None if symbols is None else list(symbols)
        params = {} if wanted else {"type": SECTION[kind]}
        return await self._read(
            lambda: self._exchange.fetch_tickers(wanted, params), read
        )

    async def ticker(self, symbol: str) -> Ticker:
        return await self._read(
            lambda: self._exchange.fetch_ticker(symbol),
            lambda raw, _notes: quotes.ticker(raw),
        )

    async def candles(
        self,
        symbol: str,
        timeframe: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Batch[Candle]:
        step_ms = self._step_ms(timeframe)
        check_window(since_ms, until_ms, limit)

        def read(rows: Any, notes: Notes) -> Batch[Candle]:
            kind = self._kind_of(symbol)
            columns = COLUMNS.get(self._exchange.id, {}).get(kind, USUAL)
            now = self._around.clock.now_ms()
            window = Window(step_ms, now, since_ms, until_ms, limit)
            return Batch(candles(rows, columns, window, notes), notes.refusals())

        params = {} if until_ms is None else {"until": until_ms}
        return await self._read(
            lambda: self._exchange.fetch_ohlcv(
                symbol, timeframe, since_ms, limit, params
            ),
            read,
        )

    async def order_book(self, symbol: str, *, depth: int | None = None) -> OrderBook:
        return await self._read(
            lambda: self._exchange.fetch_order_book(symbol, depth),
            lambda raw, notes: quotes.order_book(raw, symbol, notes),
        )

    async def trades(
        self,
        symbol: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Batch[PublicTrade]:
        check_window(since_ms, until_ms, limit)

        def read(raw: Any, notes: Notes) -> Batch[PublicTrade]:
            rows = quotes.public_trades(raw, notes)
            return Batch(_between(rows, since_ms, until_ms), notes.refusals())

        async def fetch() -> Any:
            params = self._window_params(symbol, since_ms, until_ms)
            return await self._exchange.fetch_trades(symbol, since_ms, limit, params)

        return await self._read(fetch, read)

    async def funding_rate(self, symbol: str) -> FundingRate:
        return await self._read(
            lambda: self._exchange.fetch_funding_rate(symbol),
            lambda raw, _notes: quotes.funding_rate(raw),
        )

    async def funding_rates(
        self,
        symbol: str,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Batch[FundingRate]:
        check_window(since_ms, until_ms, limit)

        def read(raw: Any, notes: Notes) -> Batch[FundingRate]:
            return Batch(quotes.past_funding(raw, notes), notes.refusals())

        params = {} if until_ms is None else {"until": until_ms}
        return await self._read(
            lambda: self._exchange.fetch_funding_rate_history(
                symbol, since_ms, limit, params
            ),
            read,
        )

    def _step_ms(self, timeframe: str) -> int:
        step_ms = timeframe_ms(timeframe)
        if timeframe not in self.timeframes:
            rule = _("%(exchange)s has no candles of %(given)s")
            facts = {"exchange": self._exchange.id, "given": timeframe}
            raise InvalidInput(rule % facts, field="timeframe")
        return step_ms

    def _kind_of(self, symbol: str) -> Kind:
        market = self._exchange.market(symbol)
        return Kind.PERPETUAL if market.get("swap") is True else Kind.SPOT

    def _window_params(
        self, symbol: str, since_ms: int | None, until_ms: int | None
    ) -> Params:
        """Gate.io's spot trades know ``from``; ccxt does not send it."""
        params: Params = {}
        if until_ms is not None:
            params["until"] = until_ms
        if self._is_gate and self._kind_of(symbol) is Kind.SPOT:
            if until_ms is not None:
                params = {"to": until_ms // 1000}
            if since_ms is not None:
                params["from"] = since_ms // 1000
        return params


def _between(
    rows: tuple[PublicTrade, ...], since_ms: int | None, until_ms: int | None
) -> tuple[PublicTrade, ...]:
    first = 0 if since_ms is None else since_ms
    last = float("inf") if until_ms is None else until_ms
    return tuple(row for row in rows if first <= row.time_ms <= last)
