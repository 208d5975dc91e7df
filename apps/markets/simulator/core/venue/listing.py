"""What is traded here, and what is so no longer."""

from collections.abc import Mapping
from dataclasses import replace

from apps.markets.simulator.core.events import InstrumentChanged
from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.lines import to_line
from apps.markets.simulator.core.venue.parts import Parts


class Listing(Parts):
    """The instruments and their rules."""

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        return self._state.instruments

    def set_instrument(self, instrument: Instrument) -> None:
        """Add an instrument, or change its rules (status, precision, fees)."""
        if self._state.instruments.get(instrument.id) == instrument:
            return
        self._record.now_ms()
        self._state.instruments[instrument.id] = instrument
        self._record.line("instrument", **to_line(instrument))
        self._open_market(instrument)
        self._record.event(InstrumentChanged(instrument))
        self._record.commit("")

    @exactly
    def delist(self, instrument_id: str) -> None:
        """Trade it no more: what waits for it, orders and triggers, is cancelled."""
        market = self._floor.market(instrument_id)
        self.set_instrument(replace(market.instrument, status="untradable"))
        if not market.clients and not market.has_triggers:
            return
        for order in self._state.open_orders():
            if order.instrument == instrument_id:
                self._placement.cancel(order)
        for trigger in tuple(self._state.open_triggers.values()):
            if trigger.request.put.instrument == instrument_id:
                self._triggers.cancel(trigger, "delisted")
        self._floor.commit("order-cancel", market)

    def instrument(self, instrument_id: str) -> Instrument:
        """Raises Rejected INVALID_CURRENCY_PAIR."""
        return self._floor.market(instrument_id).instrument
