"""Faults that change a market's rules: halted, delisted, other tick, other lot.

They are laid over the rules that stood before and taken off again when they end.
"""

from dataclasses import replace
from weakref import WeakKeyDictionary

from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.faults import Fault
from apps.markets.simulator.web.context import Exchange

# The rules beneath the faults, per venue, while there are any.
_beneath: WeakKeyDictionary[object, dict[str, Instrument]] = WeakKeyDictionary()
_KINDS = ("halt", "delist", "rules")


def keep_rules(exchange: Exchange) -> None:
    """Make the venue's rules what the faults in force say they are now."""
    now = exchange.venue.clock.now_ms()
    forced = [f for kind in _KINDS for f in exchange.faults.in_force(kind, now)]
    saved = _beneath.setdefault(exchange.venue, {})
    for pair, current in list(exchange.venue.instruments.items()):
        laid = [fault for fault in forced if fault.pair in ("*", pair)]
        if not laid and pair not in saved:
            continue
        true = saved.setdefault(pair, current)
        wanted = _laid_over(true, laid)
        if wanted != current:
            exchange.venue.set_instrument(wanted)
        if any(fault.kind == "delist" for fault in laid):
            exchange.venue.delist(pair)
        if not laid:
            del saved[pair]


def _laid_over(rules: Instrument, faults: list[Fault]) -> Instrument:
    for fault in faults:
        if fault.kind in ("halt", "delist"):
            rules = replace(rules, status="untradable")
        if fault.price_precision >= 0:
            rules = replace(rules, price_precision=fault.price_precision)
        if fault.amount_precision >= 0:
            rules = replace(rules, amount_precision=fault.amount_precision)
    return rules
