"""Fixtures: a served exchange with a filled book, and clients that close."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.tests.web.exchanges import (
    client,
    fill_book,
    make_exchange,
)
from apps.markets.simulator.web.server import Simulator, serve


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    exchange = make_exchange()
    fill_book(exchange.venue)
    async with serve(exchange) as running:
        yield running


@pytest.fixture
def venue(simulator: Simulator) -> Venue:
    return simulator.exchange.venue


@pytest.fixture
async def gate(simulator: Simulator) -> AsyncIterator[Any]:
    """ccxt over REST."""
    exchange = client(simulator)
    await exchange.load_markets()
    yield exchange
    await exchange.close()


@pytest.fixture
async def stream(simulator: Simulator) -> AsyncIterator[Any]:
    """ccxt over WebSocket."""
    exchange = client(simulator, pro=True)
    await exchange.load_markets()
    yield exchange
    await exchange.close()
