"""How it goes with an exchange, in a word and a sentence, and where it is."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import clock, formats, knobs
from apps.common.models import Job
from apps.markets import back_room
from apps.markets.gateways.budget import BudgetUse, usage
from apps.markets.gateways.errors import Unreachable
from apps.markets.gateways.venues import Venue
from apps.markets.job_kinds import CHECK_EXCHANGE, SYNC_INSTRUMENTS
from apps.markets.knobs import CLOCK_OFF_MS
from apps.markets.models import Exchange, ExchangeState

# Checked every minute: what was not seen for longer is no longer known.
STALE: Final = timedelta(minutes=5)


class Health(NamedTuple):
    """``level`` is good, info, warn or crit, as pills have it."""

    level: str
    word: str
    sentence: str


def venue_of(exchange: Exchange, simulator_url: str | None = None) -> Venue:
    """Where it is. A simulator without an address is the one that runs here.

    ``simulator_url`` spares the question where that runs, when it was asked before.
    Raises Unreachable when none runs. Asks the database, so not on an event loop.
    """
    rest_url, ws_url = exchange.rest_url, exchange.ws_url
    if exchange.is_simulator and not rest_url:
        known = back_room.address() if simulator_url is None else simulator_url
        if not known:
            raise Unreachable(_("No simulator is running."), exchange=exchange.code)
        rest_url = known
        ws_url = ws_url or "ws" + rest_url.removeprefix("http")
    return Venue(exchange.spoken, rest_url, ws_url, exchange.is_simulator)


def budget_use(
    exchange: Exchange, simulator_url: str | None = None
) -> BudgetUse | None:
    """How much of its rate budget is used now; None where there is no address."""
    if not exchange.has_address:
        return None
    try:
        return usage(venue_of(exchange, simulator_url))
    except Unreachable:
        return None


def exchange_jobs(exchange: Exchange) -> list[Job]:
    """Its checks and synchronisations that wait or run."""
    kinds = (CHECK_EXCHANGE, SYNC_INSTRUMENTS)
    return list(
        Job.objects.active().filter(kind__in=kinds, payload__exchange_id=exchange.pk)
    )


def is_clock_off(exchange: Exchange) -> bool:
    offset_ms = exchange.clock_offset_ms
    return offset_ms is not None and abs(offset_ms) > knobs.value(CLOCK_OFF_MS)


def clock_sentence(exchange: Exchange) -> str:
    """``5.0 s ahead of ours``; empty when it was never measured."""
    offset_ms = exchange.clock_offset_ms
    if offset_ms is None:
        return ""
    if offset_ms == 0:
        return _("equal to ours")
    text = _("%(time)s ahead of ours") if offset_ms > 0 else _("%(time)s behind ours")
    return text % {"time": duration(abs(offset_ms))}


def health(exchange: Exchange) -> Health:
    """The worst first: what stops calls, then the clock, then how old this is."""
    if not exchange.has_address:
        return Health("info", _("Synthetic"), _("Made by a generator; not asked."))
    if exchange.state == ExchangeState.UNCHECKED:
        sentence = _("Nobody has asked it anything yet.")
        return Health("info", _("Not checked yet"), sentence)
    if exchange.state == ExchangeState.LIMITED and exchange.is_limited(clock.now()):
        return _limited(exchange)
    if exchange.state in _DOWN:
        level, word = _DOWN[ExchangeState(exchange.state)]
        return Health(level, str(word()), exchange.last_error)
    if is_clock_off(exchange):
        return _clock_off(exchange)
    if exchange.checked_at and clock.now() - exchange.checked_at > STALE:
        text = _("Last answer at %(time)s UTC; what it is now is not known.")
        at = formats.moment(exchange.checked_at, language=get_language() or "en")
        return Health("warn", _("Not seen lately"), text % {"time": at})
    facts = {"trip": duration(exchange.round_trip_ms or 0)}
    return Health("good", _("OK"), _("It answers in %(trip)s.") % facts)


def _limited(exchange: Exchange) -> Health:
    text = _("It asked for a pause until %(time)s UTC; calls wait until then.")
    assert exchange.limited_until is not None
    facts = {"time": formats.time(exchange.limited_until)}
    return Health("warn", _("Rate limited"), text % facts)


def _clock_off(exchange: Exchange) -> Health:
    text = _(
        "Its clock is %(clock)s. Signed calls may be refused and candles end at the "
        "wrong moment: synchronise this machine's clock (NTP)."
    )
    facts = {"clock": clock_sentence(exchange)}
    return Health("crit", _("Clock off"), text % facts)


def duration(ms: int) -> str:
    """In the reader's language."""
    return formats.duration(ms, language=get_language() or "en")


_DOWN: Final[dict[ExchangeState, tuple[str, Any]]] = {
    ExchangeState.UNREACHABLE: ("crit", lambda: _("Unreachable")),
    ExchangeState.FAILING: ("crit", lambda: _("Answers badly")),
    ExchangeState.MAINTENANCE: ("warn", lambda: _("Maintenance")),
    ExchangeState.MISCONFIGURED: ("crit", lambda: _("Wrong settings")),
}
