"""How a gateway makes a call: clock and account mode known, errors only of ours."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from apps.common.errors import CashUpError, InvalidInput
from apps.common.wording import gettext as _
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.gateways import pacing, verdicts
from apps.markets.gateways.door import Surroundings
from apps.markets.gateways.errors import (
    BadCredentials,
    ClockRefused,
    GatewayError,
    MalformedAnswer,
    Refused,
    UnknownSymbol,
)
from apps.markets.gateways.gateio import GateDoor
from apps.markets.gateways.sieve import Bad, Notes, moment, noting
from apps.markets.gateways.types import ClockReading, Credentials, Kind
from apps.markets.gateways.venues import Venue

logger = logging.getLogger(__name__)
Value = TypeVar("Value")
SECTION: Final = {Kind.SPOT: "spot", Kind.PERPETUAL: "swap"}
_FIRST_EXCHANGE_MS: Final = 1_230_768_000_000  # 2009: no clock of one shows less
_SKEW_MS: Final = 1_000  # a clock this far off deserves a look; signing follows theirs


class Calls:
    """What both halves of a gateway stand on."""

    def __init__(
        self, exchange: Any, venue: Venue, credentials: Credentials | None
    ) -> None:
        self.venue = venue
        theirs = exchange.timeframes or {}
        self.timeframes = tuple(name for name in TIMEFRAMES if name in theirs)
        self._exchange = exchange
        self._credentials = credentials
        self._is_gate = isinstance(exchange, GateDoor)
        self._is_mode_known = False
        self._clock_lock = asyncio.Lock()
        self._markets_lock = asyncio.Lock()
        self._market_notes = Notes()

    def __repr__(self) -> str:
        return f"CcxtGateway({self.venue.exchange})"

    @property
    def last_clock(self) -> ClockReading | None:
        return self._around.clock.reading

    @property
    def _around(self) -> Surroundings:
        around: Surroundings = self._exchange.around
        return around

    async def clock(self) -> ClockReading:
        if not self._exchange.has.get("fetchTime"):
            message = _("%(exchange)s tells no time") % {"exchange": self._exchange.id}
            raise Refused(message, label="not-supported", exchange=self._exchange.id)
        usual = pacing.wanted(pacing.Priority.ACCOUNT)
        with noting() as notes, pacing.at(usual):
            server_ms = await self._translated(self._server_ms)
            reading = self._around.clock.measured(
                server_ms, notes.sent_at, notes.heard_at
            )
        if abs(reading.offset_ms) > _SKEW_MS:
            logger.warning(
                "gateway.clock_skewed",
                extra={"exchange": self._exchange.id, "offset_ms": reading.offset_ms},
            )
        return reading

    async def _read(
        self,
        fetch: Callable[[], Awaitable[Any]],
        parse: Callable[[Any, Notes], Value],
        *,
        is_private: bool = False,
        needs_markets: bool = True,
    ) -> Value:
        """Clock, account mode and markets known, fetched and parsed; once more when the
        clock was refused. Everything that goes wrong leaves as an error of ours."""
        if is_private and self._credentials is None:
            raise self._no_credentials()
        with noting() as notes:

            async def both() -> Value:
                if needs_markets:
                    await self._known_markets()
                return parse(await fetch(), notes)

            await self._fresh_clock()
            if is_private:
                await self._known_mode()
            try:
                return await self._translated(both)
            except ClockRefused:
                await self.clock()
            return await self._translated(both)

    async def _known_markets(self, *, reload: bool = False) -> Notes:
        """Loaded once for all who wait, and what was refused of them.

        By turns and not by ccxt's shared task, which would be cancelled for everybody
        with the first of us who gives up waiting.
        """
        async with self._markets_lock:
            if self._exchange.markets is None or reload:
                with noting() as notes:
                    await self._exchange.load_markets(reload)
                self._market_notes = notes
        return self._market_notes

    async def _translated(self, call: Callable[[], Awaitable[Value]]) -> Value:
        try:
            return await call()
        except CashUpError as error:
            failure = error
        except Exception as error:
            failure = self._stumble(error)
        # Raised out here: what a library quoted is not kept as this error's context.
        raise failure

    def _stumble(self, error: Exception) -> GatewayError:
        """An exception of ccxt's, or of reading an answer that is not one."""
        name = self._exchange.id
        if isinstance(error, Bad):
            facts = {"exchange": name, "field": error.field, "rule": error.rule}
            message = _("%(exchange)s sent a bad answer: %(field)s is %(rule)s") % facts
            return MalformedAnswer(message, exchange=name, field=error.field)
        module = type(error).__module__.partition(".")[0]
        kind = verdicts.of_ccxt(error) if module == "ccxt" else MalformedAnswer
        words = self._around.scrub(str(error)) if module == "ccxt" else ""
        logger.warning(
            "gateway.answer_unreadable",
            extra={"exchange": name, "error_type": type(error).__name__},
        )
        if kind is UnknownSymbol:
            rule = _("%(exchange)s does not list the symbol: %(reason)s")
            facts = {"exchange": name, "reason": words}
            return UnknownSymbol(rule % facts, exchange=name, field="symbol")
        return verdicts.build(
            kind,
            exchange=name,
            call="",
            label="not-supported" if kind is Refused else "",
            words=words or _("its shape is not the one we know"),
            status=0,
            until_ms=0,
        )

    def _no_credentials(self) -> BadCredentials:
        name = self._exchange.id
        message = _("This needs a key of %(exchange)s, and none was given")
        return BadCredentials(
            message % {"exchange": name}, label="no-key", exchange=name
        )

    async def _server_ms(self) -> int:
        told = moment(await self._exchange.fetch_time(), "server_time")
        if told < _FIRST_EXCHANGE_MS:
            raise Bad("server_time", _("not a time"), told)
        return told

    async def _fresh_clock(self) -> None:
        """Measure when it was never, or not for a minute. A failure counts the first
        time only: afterwards the old measurement still serves."""
        if not self._around.clock.is_stale() or not self._exchange.has.get("fetchTime"):
            return
        async with self._clock_lock:
            if not self._around.clock.is_stale():
                return
            try:
                await self.clock()
            except GatewayError:
                if self.last_clock is None:
                    raise
                logger.warning(
                    "gateway.clock_not_measured", extra={"exchange": self._exchange.id}
                )

    async def _known_mode(self) -> None:
        """Classic or unified; asked here, as ccxt takes a failure for "classic"."""
        if self._is_mode_known or not self._is_gate:
            return

        async def ask() -> Any:
            return await self._exchange.privateAccountGetDetail()

        try:
            detail = await self._translated(ask)
        except ClockRefused:
            await self.clock()
            detail = await self._translated(ask)
        key = detail.get("key") if isinstance(detail, dict) else None
        mode = key.get("mode") if isinstance(key, dict) else None
        self._exchange.options["unifiedAccount"] = mode == 2
        self._is_mode_known = True


def check_window(since_ms: int | None, until_ms: int | None, limit: int | None) -> None:
    """Raises InvalidInput for a window that holds nothing."""
    for field, value in (("since_ms", since_ms), ("until_ms", until_ms)):
        if value is not None and value < 0:
            raise InvalidInput(_("A time before 1970"), field=field)
    if limit is not None and limit < 1:
        raise InvalidInput(_("At least one row must be asked for"), field="limit")
    if since_ms is not None and until_ms is not None and until_ms < since_ms:
        raise InvalidInput(_("The end lies before the start"), field="until_ms")
