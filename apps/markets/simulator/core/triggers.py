"""Orders that wait for a trade price."""

from collections.abc import Iterator
from decimal import Decimal

from apps.markets.simulator.core import rules
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.events import TriggerChanged
from apps.markets.simulator.core.floor import Floor
from apps.markets.simulator.core.lines import trigger_line
from apps.markets.simulator.core.market import Market
from apps.markets.simulator.core.orders import (
    Trigger,
    TriggerRequest,
    TriggerStatus,
)
from apps.markets.simulator.core.placement import Placement


class TriggerDesk:
    """Keeps triggers, fires them one by one, each as an operation of its own."""

    def __init__(self, floor: Floor, placement: Placement) -> None:
        self.floor = floor
        self.placement = placement
        self.state = floor.state
        self.record = floor.record
        self._is_firing = False

    def place(self, account_id: str, request: TriggerRequest) -> Trigger:
        """Raises Rejected when the price is past already, or the order impossible."""
        now = self.record.now_ms()
        self.floor.account(account_id)
        market = self.floor.market(request.put.instrument)
        rules.check_number("trigger.price", request.price)
        decimals = market.instrument.price_precision
        rules.check_precision("trigger.price", request.price, decimals)
        if request.rule not in (">=", "<=") or request.expiration_s <= 0:
            raise rules.invalid("trigger.rule or trigger.expiration is invalid")
        rules.check_request(request.put, market.instrument)
        _check_not_past(request, market.last)
        self._check_count(account_id, market)
        self.state.counters.trigger += 1
        trigger = Trigger(self.state.counters.trigger, account_id, request, now)
        self.state.add_trigger(trigger)
        market.add_trigger(trigger)
        self.record.line("trigger", **trigger_line(trigger))
        self._announce(trigger)
        self.floor.commit("order-create")
        return trigger

    def end(
        self,
        trigger: Trigger,
        status: TriggerStatus,
        reason: str = "",
        order_id: int = 0,
    ) -> None:
        """Give a trigger its final status. The caller commits."""
        self.record.now_ms()
        self.state.end_trigger(trigger, status, reason, order_id)
        self.record.line(
            "trigger_end",
            id=trigger.id,
            account=trigger.account_id,
            status=status,
            reason=reason,
            fired_order_id=order_id,
        )
        self._announce(trigger)

    def expire(self, trigger: Trigger) -> bool:
        """End a trigger whose time is over; whether it was."""
        if trigger.status != "open" or self.record.now_ms() < trigger.expires_ms:
            return False
        self.end(trigger, "expired", "expired")
        self._market(trigger).remove_trigger(trigger)
        return True

    def expire_all(self) -> int:
        """End all whose time is over; how many. The caller commits."""
        return sum(map(self.expire, tuple(self.state.open_triggers.values())))

    def cancel(self, trigger: Trigger, reason: str = "cancelled") -> None:
        """Raises Rejected ORDER_CLOSED. The caller commits."""
        if trigger.status != "open":
            raise Rejected("ORDER_CLOSED", f"the trigger is {trigger.status}")
        self.end(trigger, "cancelled", reason)
        self._market(trigger).remove_trigger(trigger)

    def find(self, account_id: str, trigger_id: int) -> Trigger:
        """Raises Rejected ORDER_NOT_FOUND."""
        trigger = self.state.triggers.get(trigger_id)
        if trigger is None or trigger.account_id != account_id:
            raise Rejected("ORDER_NOT_FOUND", "Order not found", 404)
        return trigger

    def of(
        self, account_id: str, instrument_id: str | None, *, is_open: bool
    ) -> Iterator[Trigger]:
        """Newest first; of ended ones, the newest end."""
        ended = self.state.ended_triggers.get(account_id, ())
        found = self.state.open_triggers.values() if is_open else ended
        return (
            trigger
            for trigger in reversed(found)
            if trigger.account_id == account_id
            and instrument_id in (None, trigger.request.put.instrument)
        )

    def fire_due(self, market: Market) -> None:
        """Fire what the last prices reached, and what those orders' prices reach."""
        if self._is_firing:
            return
        self._is_firing = True
        try:
            while market.has_triggers and (due := market.due_triggers()):
                for trigger in due:
                    self._fire(trigger, market)
        finally:
            self._is_firing = False

    def _fire(self, trigger: Trigger, market: Market) -> None:
        if not self.expire(trigger):
            try:
                order = self.placement.place(trigger.account_id, trigger.request.put)
            except Rejected as refusal:
                put = trigger.request.put
                self.placement.refuse(trigger.account_id, put, refusal)
                self.end(trigger, "failed", refusal.label)
            else:
                self.end(trigger, "finish", order_id=order.id)
        self.floor.commit("order-create", market)

    def _check_count(self, account_id: str, market: Market) -> None:
        most = self.floor.quirks.most_open_triggers
        if not most:
            return
        waiting = self.of(account_id, market.instrument.id, is_open=True)
        if sum(1 for _ in waiting) >= most:
            message = f"at most {most} open price orders of a currency pair"
            raise Rejected("TOO_MANY_ORDERS", message)

    def _market(self, trigger: Trigger) -> Market:
        return self.floor.market(trigger.request.put.instrument)

    def _announce(self, trigger: Trigger) -> None:
        if self.record.callbacks:
            self.record.event(TriggerChanged(copy_of(trigger)))


def copy_of(trigger: Trigger) -> Trigger:
    """The trigger as it is now, for events and answers."""
    return Trigger(
        trigger.id,
        trigger.account_id,
        trigger.request,
        trigger.create_time_ms,
        trigger.status,
        trigger.finish_time_ms,
        trigger.fired_order_id,
        trigger.reason,
    )


def _check_not_past(request: TriggerRequest, last: Decimal | None) -> None:
    if last is None:
        return
    if request.rule == ">=" and last >= request.price:
        label = "AUTO_TRIGGER_PRICE_LESS_LAST"
        raise Rejected(label, f"trigger price is not above the last price {last}")
    if request.rule == "<=" and last <= request.price:
        label = "AUTO_TRIGGER_PRICE_GREATE_LAST"
        raise Rejected(label, f"trigger price is not below the last price {last}")
