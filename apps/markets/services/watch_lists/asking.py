"""The last 24 hours of every instrument, from the exchange."""

from collections.abc import Collection
from functools import partial

from django.utils.translation import gettext as _

from apps.common.errors import Unavailable
from apps.markets.gateways import pacing
from apps.markets.gateways.pacing import Priority
from apps.markets.gateways.types import Kind, Ticker
from apps.markets.models import Exchange
from apps.markets.services.connecting import connect, run
from apps.markets.services.watch_lists.knowing import Quotes
from apps.markets.watching.facts import Quote24h, quote_24h


def ask(exchange: Exchange, kinds: Collection[str]) -> dict[str, Quotes]:
    """The figures by kind and symbol, in one call for each kind.

    Raises GatewayError or BadVenue; Unavailable when the exchange tells of nothing.
    """
    answers = run(partial(_tickers, exchange, kinds))
    for kind, quotes in answers.items():
        if not quotes:
            text = _("%(exchange)s tells of no %(kind)s prices.")
            raise Unavailable(text % {"exchange": exchange, "kind": kind})
    return answers


async def _tickers(exchange: Exchange, kinds: Collection[str]) -> dict[str, Quotes]:
    # Whoever watches can wait: orders and exits go first.
    with pacing.at(Priority.HISTORY):
        async with connect(exchange, is_lasting=True) as gateway:
            return {
                kind: {
                    ticker.symbol: _quote(ticker)
                    for ticker in await gateway.tickers(kind=Kind(kind))
                }
                for kind in sorted(kinds)
            }


def _quote(ticker: Ticker) -> Quote24h:
    return quote_24h(
        last=ticker.last,
        bid=ticker.bid,
        ask=ticker.ask,
        high=ticker.high,
        low=ticker.low,
        opened=ticker.open,
        change_pct=ticker.change_pct,
        base_volume=ticker.base_volume,
        quote_volume=ticker.quote_volume,
    )
