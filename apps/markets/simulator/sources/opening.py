"""Puts tapes on a venue: instruments, candles, and the driver that moves them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.candles import CandleMarket
from apps.markets.simulator.sources.clocks import MovableClock
from apps.markets.simulator.sources.driver import Driver
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.player import Player
from apps.markets.simulator.sources.tape import Tape


class Opened(NamedTuple):
    """``market`` is the protocol's ``MarketData``; ``driver`` plays the tapes."""

    market: CandleMarket
    driver: Driver


def open_market(
    venue: Venue,
    clock: MovableClock,
    tapes: Sequence[Tape],
    *,
    longest_wait_ms: int | None = None,
) -> Opened:
    """Everything in place and nothing played yet; ``clock`` is also the venue's.

    An instrument that the venue does not have is added. Raises ValueError when the
    venue has one with other steps.
    """
    market = CandleMarket()
    for tape in tapes:
        if tape.instrument_id not in venue.instruments:
            venue.set_instrument(instrument_on(tape.instrument_id, tape.grid))
        _check_steps(venue.instruments[tape.instrument_id], tape.grid)
        market.add_instrument(tape.instrument_id, tape.grid, tape.history)
        tape.prime(market)
        if (book := tape.opening()) is not None:
            venue.make_market(tape.instrument_id, book)
    venue.subscribe(market.on_event)
    player = Player(venue, market, clock, tapes)
    return Opened(
        market, Driver(player, market, clock, longest_wait_ms=longest_wait_ms)
    )


def instrument_on(name: str, grid: Grid) -> Instrument:
    """``BASE_QUOTE`` with the venue's usual rules, on the steps of a grid.

    Raises ValueError for another name, and for steps that Gate.io does not have.
    """
    base, _, quote = name.partition("_")
    if not (base.isalnum() and quote.isalnum()):
        raise ValueError(f"{name} is no instrument such as BTC_USDT")
    return Instrument(
        name, base, quote, _places(grid.tick_size), _places(grid.lot_size)
    )


def _check_steps(instrument: Instrument, grid: Grid) -> None:
    if (instrument.tick, instrument.lot) != (grid.tick_size, grid.lot_size):
        raise ValueError(f"{instrument.id}: {grid} are not the venue's steps")


def _places(step: Decimal) -> int:
    """Decimals of 1, 0.1, 0.01, ...; Gate.io has no other steps."""
    places = -step.adjusted()
    if places < 0 or step != Decimal(1).scaleb(-places):
        raise ValueError(f"step {step} is not a power of ten from 1 down")
    return places
