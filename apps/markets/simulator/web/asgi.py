"""The ASGI application: API v4 at the root, its WebSocket, and /sim beside them."""

import logging

from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.web import rest_app
from apps.markets.simulator.web.asgi_types import Receive, Scope, Send
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.errors import GateError, server_error
from apps.markets.simulator.web.messages import Answer, read_body, request_of
from apps.markets.simulator.web.sending import send_answer
from apps.markets.simulator.web.signature import API_ROOT
from apps.markets.simulator.web.sim import ROOT, BackRoom
from apps.markets.simulator.web.upkeep import rest
from apps.markets.simulator.web.ws.app import WsApp

logger = logging.getLogger(__name__)


class GateApp:
    """One exchange as a web application. ``start`` and ``stop`` frame its life."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.sockets = WsApp(exchange)
        self.back_room = BackRoom(exchange, self.sockets.hub)

    def start(self) -> None:
        """Begin to push. Needs the running loop that serves the application."""
        self.sockets.feeds.start()

    def stop(self) -> None:
        rest(self.exchange)
        self.sockets.hub.close_all()
        self.sockets.feeds.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.sockets.handle(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if API_ROOT in scope["path"]:
            await rest_app.handle(self.exchange, scope, receive, send)
        else:
            await send_answer(send, await self._elsewhere(scope, receive))

    async def _elsewhere(self, scope: Scope, receive: Receive) -> Answer:
        request = request_of(scope)
        try:
            if not request.path.startswith(ROOT + "/"):
                raise GateError("NOT_FOUND", "Request path not found")
            request.body = await read_body(request, receive)
            return Answer(await self.back_room.answer(request))
        except GateError as error:
            return Answer(error.body(), error.status)
        except Rejected as error:
            return Answer(
                {"label": error.label, "message": error.message}, error.status
            )
        except Exception:
            logger.exception("simulator.request_failed", extra={"path": request.path})
            return Answer(server_error().body(), 500)
