"""What time alone brings about, seen to when it is due."""

import asyncio

from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.rules import keep_rules


def tend(exchange: Exchange) -> None:
    """Expire triggers, end countdowns, let faults change the rules of markets.

    Call it now and then, and after a stepped clock has moved. Needs a running loop.
    """
    exchange.venue.expire_triggers()
    if exchange.faults:
        keep_rules(exchange)
    _come_again(exchange, exchange.venue.end_countdowns())


def rest(exchange: Exchange) -> None:
    """See to nothing any more."""
    if exchange.timer is not None:
        exchange.timer.cancel()
        exchange.timer = None


def _come_again(exchange: Exchange, due_ms: int | None) -> None:
    rest(exchange)
    if due_ms is None or exchange.advance is not None:  # stepped: it is told to move
        return
    wait_ms = max(due_ms - exchange.venue.clock.now_ms(), 1)
    loop = asyncio.get_running_loop()
    exchange.timer = loop.call_later(wait_ms / 1000, tend, exchange)
