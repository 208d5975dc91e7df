"""What waits for a price or for a time."""

from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.orders import Trigger, TriggerRequest
from apps.markets.simulator.core.reading import page_of
from apps.markets.simulator.core.triggers import copy_of
from apps.markets.simulator.core.venue.trading import Trading


class Waiting(Trading):
    """Price-triggered orders and countdowns."""

    @exactly
    def place_trigger(self, account_id: str, request: TriggerRequest) -> Trigger:
        """Raises Rejected AUTO_TRIGGER_PRICE_... when the price is already past."""
        return copy_of(self._triggers.place(account_id, request))

    def cancel_trigger(self, account_id: str, trigger_id: int) -> Trigger:
        trigger = self._triggers.find(account_id, trigger_id)
        self._triggers.cancel(trigger)
        self._record.commit("")
        return copy_of(trigger)

    def cancel_triggers(
        self, account_id: str, instrument_id: str | None = None
    ) -> list[Trigger]:
        found = list(self._triggers.of(account_id, instrument_id, is_open=True))
        for trigger in found:
            self._triggers.cancel(trigger)
        self._record.commit("")
        return [copy_of(trigger) for trigger in found]

    def trigger(self, account_id: str, trigger_id: int) -> Trigger:
        return copy_of(self._triggers.find(account_id, trigger_id))

    def triggers(
        self,
        account_id: str,
        instrument_id: str | None = None,
        *,
        is_open: bool = True,
        page: int = 1,
        limit: int = 100,
    ) -> list[Trigger]:
        """Newest first; open ones, or all the others."""
        found = self._triggers.of(account_id, instrument_id, is_open=is_open)
        return [copy_of(trigger) for trigger in page_of(found, page, limit)]

    def expire_triggers(self) -> int:
        """End the triggers whose time is over; how many. Call it now and then."""
        ended = self._triggers.expire_all()
        self._record.commit("")
        return ended

    def set_countdown(
        self, account_id: str, instrument_id: str | None, timeout_ms: int
    ) -> None:
        """Cancel all, later, unless called again before; 0 stops it."""
        self._countdowns.set(account_id, instrument_id or "", timeout_ms)
        self._record.commit("")

    def end_countdowns(self) -> int | None:
        """Cancel all orders whose countdown is over. When the next one is due."""
        for account_id, instrument_id in self._countdowns.due():
            # One operation: there is no moment at which it has ended without effect.
            self._countdowns.set(account_id, instrument_id, 0)
            self.cancel_all(account_id, instrument_id or None)
        return self._countdowns.next_ms()
