"""The clocks of all exchanges, every minute, without ccxt where that can be.

One small public call tells an exchange's time, its distance, and that it is there at
all. The desk's own process makes it: loading ccxt each minute would cost a twentieth of
a core, and keeping it loaded 117 MB. Exchanges that are not in the table are asked by a
job that does load it, and less often.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import CashUpError
from apps.common.models import Job
from apps.markets.gateways import addresses, verdicts
from apps.markets.gateways.budget import budget_for
from apps.markets.gateways.clock import ExchangeClock
from apps.markets.gateways.decoding import NotJson, decode
from apps.markets.gateways.errors import (
    GatewayError,
    MalformedAnswer,
    RateLimited,
)
from apps.markets.gateways.pacing import Budget, Priority
from apps.markets.gateways.sieve import Bad, Notes, moment
from apps.markets.gateways.transport import HttpTransport, Reply, Request
from apps.markets.gateways.types import ClockReading
from apps.markets.gateways.venues import Venue
from apps.markets.job_kinds import CHECK_EXCHANGE
from apps.markets.models import Exchange
from apps.markets.services import connecting, exchange_notes
from apps.markets.services.exchanges import enqueue_check

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 5.0
BY_JOB_EVERY: Final = timedelta(minutes=10)
_MAX_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class TimeCall:
    """Where an exchange tells its time; ``read`` finds the milliseconds in it."""

    origin: str
    path: str
    call: str
    read: Callable[[Any], Any]


_TIMES: Final = {
    "gate": TimeCall(
        "https://api.gateio.ws",
        "/api/v4/spot/time",
        "GET /spot/time",
        lambda body: body["server_time"],
    ),
    "binance": TimeCall(
        "https://api.binance.com",
        "/api/v3/time",
        "GET /time",
        lambda body: body["serverTime"],
    ),
    "okx": TimeCall(
        "https://www.okx.com",
        "/api/v5/public/time",
        "GET /public/time",
        lambda body: int(body["data"][0]["ts"]),
    ),
    "bybit": TimeCall(
        "https://api.bybit.com",
        "/v5/market/time",
        "GET /v5/market/time",
        lambda body: body["time"],
    ),
}


def check_clocks() -> int:
    """Measure every enabled exchange; what comes of it is noted on its row.

    Returns how many were asked. One that told us to wait is left alone until then.
    """
    now = clock.now()
    due = [row for row in Exchange.objects.enabled() if not row.is_limited(now)]
    asked = []
    for exchange in due:
        try:
            venue = connecting.venue_of(exchange)
        except GatewayError as error:
            exchange_notes.note_failure(exchange.pk, error)
            continue
        if venue.ccxt_id in _TIMES:
            asked.append((exchange, venue))
        else:
            _ask_by_job(exchange)
    if asked:
        for (exchange, _venue), heard in zip(asked, _measured(asked), strict=True):
            _note(exchange, heard)
    return len(asked)


async def measure(
    venue: Venue, budget: Budget, *, timeout_s: float = TIMEOUT_S
) -> ClockReading:
    """The venue's clock by one call. Raises GatewayError or BadVenue."""
    asking = _TIMES[venue.ccxt_id]
    url = _origin(venue, asking) + asking.path
    transport = HttpTransport(venue.exchange, timeout_s)
    try:
        await budget.acquire(asking.call, 1, Priority.ACCOUNT)
        try:
            reply = await transport.send(
                Request(asking.call, "GET", url, {}, None, _MAX_BYTES)
            )
        except GatewayError:
            budget.heard(asking.call, 0, {})
            raise
        budget.heard(asking.call, reply.status, reply.headers)
    finally:
        await transport.close()
    return ExchangeClock().measured(
        _server_ms(venue, asking, reply), reply.sent_at, reply.heard_at
    )


def _measured(
    asked: list[tuple[Exchange, Venue]],
) -> list[ClockReading | BaseException]:
    async def all_at_once() -> list[ClockReading | BaseException]:
        return await asyncio.gather(
            *(measure(venue, budget_for(venue)) for _exchange, venue in asked),
            return_exceptions=True,
        )

    return connecting.run(all_at_once)


def _note(exchange: Exchange, heard: ClockReading | BaseException) -> None:
    if isinstance(heard, ClockReading):
        exchange_notes.note_success(exchange.pk, heard)
    elif isinstance(heard, CashUpError):
        exchange_notes.note_failure(exchange.pk, heard)
    else:
        raise heard


def _ask_by_job(exchange: Exchange) -> None:
    if exchange.checked_at and clock.now() - exchange.checked_at < BY_JOB_EVERY:
        return
    # Nobody looks for yesterday's checks: what they found stands on the row.
    Job.objects.ended().filter(
        kind=CHECK_EXCHANGE, owner=None, payload__exchange_id=exchange.pk
    ).delete()
    enqueue_check(exchange)


def _origin(venue: Venue, asking: TimeCall) -> str:
    if not venue.rest_url:
        return asking.origin
    if venue.is_simulator:
        parts = addresses.simulators(
            venue.rest_url, field="rest_url", schemes=("http", "https")
        )
    else:
        # Which hosts are the exchange's was checked when the row was saved.
        parts = addresses.parsed(venue.rest_url, field="rest_url", schemes=("https",))
    return f"{parts.scheme}://{parts.netloc}"


def _server_ms(venue: Venue, asking: TimeCall, reply: Reply) -> int:
    body: Any = None
    try:
        body = decode(reply.text, Notes())
        if reply.status < 400:
            return moment(asking.read(body), "server_time")
    except (NotJson, Bad, LookupError, TypeError, ValueError):
        if reply.status < 400:
            raise _unreadable(venue, asking) from None
    raise _refusal(venue, asking, reply, body)


def _unreadable(venue: Venue, asking: TimeCall) -> MalformedAnswer:
    message = _("%(exchange)s answered something that is no time.")
    return MalformedAnswer(
        message % {"exchange": venue.exchange},
        exchange=venue.exchange,
        call=asking.call,
    )


def _refusal(venue: Venue, asking: TimeCall, reply: Reply, body: Any) -> GatewayError:
    scrub = verdicts.scrubber()
    label, words = verdicts.message_in(body)
    words = scrub(words or reply.text[:200])
    if venue.ccxt_id == "gate" and label:
        kind = verdicts.of_gate(label, reply.status, words)
    else:
        kind = verdicts.of_status(reply.status, words)
    until_ms = 0
    if issubclass(kind, RateLimited):
        until_ms = verdicts.pause_until(reply.headers, reply.status, clock.now_ms(), 0)
    return verdicts.build(
        kind,
        exchange=venue.exchange,
        call=asking.call,
        label=scrub(label),
        words=words,
        status=reply.status,
        until_ms=until_ms,
    )
