"""One request over one connection: a deadline, a bound, and what surely happened.

"Not sent" is claimed only while no connection was there to send on.
"""

import asyncio
import ssl
import time
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import certifi
import yarl

from apps.common.wording import gettext as _
from apps.markets.gateways.errors import (
    GatewayError,
    MalformedAnswer,
    OutcomeUnknown,
    Unreachable,
)
from apps.markets.gateways.transport import Reply, Request


class Connections:
    """aiohttp underneath. No redirects, no cookies, no proxies from the environment."""

    def __init__(self, exchange: str, timeout_s: float) -> None:
        self._exchange = exchange
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def close(self) -> None:
        self._is_closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: Request) -> Reply:
        """Raises Unreachable, OutcomeUnknown or MalformedAnswer (too large)."""
        progress = SimpleNamespace(is_connected=False, at=0.0)
        if self._is_closed:
            # What ccxt still had in hand must not open a session that nobody closes.
            raise self._failure(request, False, ConnectionError())
        try:
            return await self._exchanged(request, progress)
        except GatewayError as error:
            failure: GatewayError = error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = self._failure(request, progress.is_connected, error)
        # Raised out here, so that the library's error, which may quote the signed
        # address, is not even kept as this one's context.
        raise failure

    async def _exchanged(self, request: Request, progress: SimpleNamespace) -> Reply:
        async with self._open().request(
            request.method,
            yarl.URL(request.url, encoded=True),
            data=request.body.encode() if request.body else None,
            headers=request.headers,
            allow_redirects=False,
            trace_request_ctx=progress,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = await self._bounded(request, response)
            heard_at = time.monotonic()
        text = body.decode(errors="replace")
        return Reply(response.status, headers, text, progress.at, heard_at)

    async def _bounded(
        self, request: Request, response: aiohttp.ClientResponse
    ) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            body += chunk
            if len(body) > request.max_bytes:
                response.close()
                rule = _("%(exchange)s sent more than %(limit)s bytes")
                facts = {"exchange": self._exchange, "limit": request.max_bytes}
                raise MalformedAnswer(
                    rule % facts, exchange=self._exchange, call=request.call
                )
        return bytes(body)

    def _failure(
        self, request: Request, is_connected: bool, error: Exception
    ) -> GatewayError:
        facts = {"exchange": self._exchange, "reason": reason(error)}
        where = {"exchange": self._exchange, "call": request.call}
        if not is_connected:
            message = _("%(exchange)s cannot be reached: %(reason)s. Nothing was sent.")
            return Unreachable(message % facts, **where)
        message = _("%(exchange)s was asked and did not answer: %(reason)s")
        return OutcomeUnknown(message % facts, **where)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_create_end.append(_connected)
            trace.on_connection_reuseconn.append(_connected)
            total, connect = self._timeout_s, self._timeout_s / 2
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=_trust(), limit=32),
                timeout=aiohttp.ClientTimeout(total=total, connect=connect),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[trace],
                trust_env=False,
            )
        return self._session


async def _connected(_session: Any, context: Any, _params: Any) -> None:
    context.trace_request_ctx.is_connected = True
    context.trace_request_ctx.at = time.monotonic()


_context: list[ssl.SSLContext] = []


def _trust() -> ssl.SSLContext:
    """The public authorities; made once, for reading them takes 20 ms."""
    if not _context:
        _context.append(ssl.create_default_context(cafile=certifi.where()))
    return _context[0]


def reason(error: BaseException) -> str:
    """Our own words for a network failure; the library's may quote the address."""
    for kinds, words in _REASONS:
        if isinstance(error, kinds):
            return words()
    return type(error).__name__


_REASONS: Final = (
    (asyncio.TimeoutError, lambda: _("the time for an answer ran out")),
    (aiohttp.ClientConnectorDNSError, lambda: _("no such host")),
    (aiohttp.ClientSSLError, lambda: _("its certificate cannot be trusted")),
    (aiohttp.ClientConnectorError, lambda: _("the connection was refused")),
    (aiohttp.ClientPayloadError, lambda: _("the answer broke off")),
    (aiohttp.ServerDisconnectedError, lambda: _("the connection was closed")),
    (OSError, lambda: _("the connection broke")),
)
