"""Puts the levels around a print into the book, before the print itself."""

from collections.abc import Callable

from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.sources.tape import Levels, Print, Tape

Sides = tuple[Levels, Levels]


def show(venue: Venue, tape: Tape, at: Print) -> bool:
    """Whether somebody looks: a client's order, a trigger or a listener is there."""
    if tape.fills_on_touch:
        return is_asked(venue, tape.instrument_id, lambda: tape.levels(at))
    if is_asked(venue, tape.instrument_id, lambda: _beside(tape, at)):
        # What the price went through is filled now; what it only touches stays.
        venue.make_market(tape.instrument_id, _around_clients(venue, tape, at))
        return True
    venue.make_market(tape.instrument_id, lambda: tape.levels(at))
    return False


def is_asked(venue: Venue, instrument_id: str, levels: Callable[[], Sides]) -> bool:
    """Offer levels for whenever they are looked at; whether that was on the spot."""
    asked = False

    def build() -> Sides:
        nonlocal asked
        asked = True
        return levels()

    venue.make_market(instrument_id, build)
    return asked


def _beside(tape: Tape, at: Print) -> Sides:
    """The tape's levels, each a tick further away: they reach only what is beyond."""
    tick = tape.grid.tick_size
    bids, asks = tape.levels(at)
    further = [(price - tick, amount) for price, amount in bids if price > tick]
    return further, [(price + tick, amount) for price, amount in asks]


def _around_clients(venue: Venue, tape: Tape, at: Print) -> Sides:
    """The tape's levels, but none at a price where a client's order waits opposite."""
    view = venue.book(tape.instrument_id, 1)
    (bids, asks), (lower, higher) = tape.levels(at), _beside(tape, at)
    if view.bids and view.bids[0][0] >= asks[0][0]:
        asks = higher
    if view.asks and view.asks[0][0] <= bids[0][0]:
        bids = lower
    return bids, asks
