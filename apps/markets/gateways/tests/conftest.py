"""Fixtures: the simulator over the loopback, and gateways into it."""

from collections.abc import AsyncIterator

import pytest

from apps.markets.gateways.gateway import Gateway, open_gateway
from apps.markets.gateways.tests.sockets import credentials, home
from apps.markets.simulator.tests.web.exchanges import fill_book, make_exchange
from apps.markets.simulator.web.server import Simulator, serve


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Two pairs with a book around 20,000; alice has money and two keys."""
    exchange = make_exchange()
    fill_book(exchange.venue)
    async with serve(exchange) as running:
        yield running


@pytest.fixture
async def gateway(simulator: Simulator) -> AsyncIterator[Gateway]:
    async with open_gateway(home(simulator), credentials(), timeout_s=3) as opened:
        yield opened
