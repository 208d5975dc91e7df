"""One WebSocket from its opening to its end: requests in, answers and pushes out."""

import asyncio
import logging
from typing import Any, Final

from apps.markets.simulator.web.asgi_types import Receive, Scope, Send
from apps.markets.simulator.web.auth import owner
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.errors import GateError
from apps.markets.simulator.web.messages import MAX_BODY, decode
from apps.markets.simulator.web.signature import expired, is_ws_signed
from apps.markets.simulator.web.ws import frames
from apps.markets.simulator.web.ws.channels import PRIVATE, topics_of
from apps.markets.simulator.web.ws.feeds import Feeds
from apps.markets.simulator.web.ws.frames import (
    BAD_ARGUMENT,
    BAD_REQUEST,
    SERVER,
    WsError,
)
from apps.markets.simulator.web.ws.hub import Hub
from apps.markets.simulator.web.ws.session import Session

logger = logging.getLogger(__name__)

PATHS: Final = ("/ws/v4", "/v4/ws/spot", "/v4/ws/futures/usdt", "/v4/ws/futures/btc")
_PINGS: Final = ("spot.ping", "futures.ping")
_REFUSING: Final = ("ws_refuse", "maintenance")


class WsApp:
    """The WebSocket half of the exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.hub = Hub(exchange)
        self.feeds = Feeds(exchange, self.hub)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until either side leaves."""
        await receive()
        path = str(scope["path"]).rstrip("/")
        if path not in PATHS or self._is_refused(path):
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        session = Session(send)
        self.hub.sessions.add(session)
        writer = asyncio.create_task(session.write())
        reader = asyncio.create_task(self._read(session, receive))
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            session.is_closed = True
            reader.cancel()
            writer.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
            self.feeds.ended(self.hub.gone(session))

    def _is_refused(self, path: str) -> bool:
        now = self.exchange.venue.clock.now_ms()
        return bool(self.exchange.faults.draw(_REFUSING, now, path))

    async def _read(self, session: Session, receive: Receive) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            raw = message.get("text") or message.get("bytes") or ""
            text = await self.answer(session, raw)
            if text:
                session.push(text)

    async def answer(self, session: Session, raw: str | bytes) -> str:
        """The answer to one message, whatever it is."""
        now = self.exchange.now_ms()
        request: dict[str, Any] = {}
        error: WsError | None = None
        try:
            request = _parsed(raw)
            if request["channel"] in _PINGS:
                return frames.pong(request["channel"], now)
            # Answered before the first push: a client waits for it by its id.
            await self._carry_out(session, request)
            return ""
        except WsError as refused:
            error = refused
        except Exception:
            logger.exception("simulator.ws_failed")
            error = WsError(SERVER, "server error")
        return frames.reply(_echo(request), session.conn_id, now, error)

    async def _carry_out(self, session: Session, request: dict[str, Any]) -> None:
        channel, event = request["channel"], request.get("event")
        if event not in ("subscribe", "unsubscribe"):
            raise WsError(BAD_ARGUMENT, f"unsupported event {str(event)[:40]}")
        user = ""
        if channel in PRIVATE:
            user = self._signed(session, request)
        else:
            self._check_time(request)
        pairs = self.exchange.venue.instruments
        topics = topics_of(channel, request.get("payload"), pairs, user)
        if event == "unsubscribe":
            for topic in topics:
                self.hub.leave(session, topic)
            self.feeds.ended(set(topics))
            self._acknowledge(session, request)
            return
        for topic in topics:
            if channel == "spot.obu" and topic in session.topics:
                raise WsError(BAD_ARGUMENT, f"Alert sub {topic[1]}")
        self._acknowledge(session, request)
        for topic in topics:
            await self.feeds.begin(session, topic)

    def _acknowledge(self, session: Session, request: dict[str, Any]) -> None:
        now = self.exchange.now_ms()
        session.push(frames.reply(_echo(request), session.conn_id, now))

    def _check_time(self, request: dict[str, Any]) -> None:
        if not self.exchange.is_timely(_time_s(request) * 1000):
            raise WsError(BAD_ARGUMENT, "request time is expired")

    def _signed(self, session: Session, request: dict[str, Any]) -> str:
        """The account that signed a private subscription. Raises WsError code 4."""
        auth = request.get("auth")
        if not isinstance(auth, dict):
            raise frames.denied("MISSING_REQUIRED_HEADER", "Authentication required")
        key_id, given = auth.get("KEY"), auth.get("SIGN")
        if not isinstance(key_id, str) or not isinstance(given, str):
            raise frames.denied("INVALID_KEY", "Invalid key provided")
        try:
            account, key = owner(self.exchange, key_id)
        except GateError as error:
            raise frames.denied(error.label, error.message) from None
        stamp = _time_s(request)
        if not self.exchange.is_timely(stamp * 1000):
            raise frames.denied(expired().label, expired().message)
        event = str(request.get("event"))
        if not is_ws_signed(key.secret, given, request["channel"], event, stamp):
            raise frames.denied("INVALID_SIGNATURE", "Signature mismatch")
        session.keys.add(key_id)
        return account.id


def _parsed(raw: str | bytes) -> dict[str, Any]:
    """A request with a channel. Raises WsError code 1."""
    if len(raw) > MAX_BODY:
        raise WsError(BAD_REQUEST, "request body is too large")
    try:
        request = decode(raw)
    except GateError:
        raise WsError(BAD_REQUEST, "invalid request body format") from None
    if not isinstance(request, dict) or not isinstance(request.get("channel"), str):
        raise WsError(BAD_REQUEST, "invalid request body format")
    return request


def _time_s(request: dict[str, Any]) -> int:
    stamp = request.get("time")
    if not isinstance(stamp, int) or isinstance(stamp, bool) or abs(stamp) > 10**12:
        raise WsError(BAD_ARGUMENT, "invalid argument: time")
    return stamp


def _echo(request: dict[str, Any]) -> dict[str, Any]:
    """What an answer repeats: only values that JSON can say again."""
    kept = {name: request.get(name) for name in ("id", "channel", "event", "payload")}
    payload = kept["payload"]
    if not isinstance(payload, list) or not all(isinstance(p, str) for p in payload):
        kept["payload"] = None
    if isinstance(kept["id"], bool) or not isinstance(kept["id"], int | str | None):
        kept["id"] = None
    if not isinstance(kept["event"], str):
        kept["event"] = ""
    return kept
