"""The exchange's back room: its truth, its faults, its clock, its state.

For tests and the admin page of the same machine only: loopback and a token. None of
this exists on Gate.io.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import Order
from apps.markets.simulator.faults import BadFault, Fault, parse
from apps.markets.simulator.web import objects
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.errors import GateError, invalid
from apps.markets.simulator.web.messages import Request
from apps.markets.simulator.web.mirroring import receive, told
from apps.markets.simulator.web.params import Fields, object_of
from apps.markets.simulator.web.rules import keep_rules
from apps.markets.simulator.web.upkeep import tend
from apps.markets.simulator.web.ws.hub import Hub

ROOT: Final = "/sim"
_LOOPBACK: Final = ("127.0.0.1", "::1")
_RECENT: Final = 50
_LONGEST_STEP_MS: Final = 366 * 86_400_000
BackHandler = Callable[["BackRoom", Request], Awaitable[Any]]


class BackRoom:
    """The handlers under /sim."""

    def __init__(self, exchange: Exchange, hub: Hub) -> None:
        self.exchange, self.hub = exchange, hub

    async def answer(self, request: Request) -> Any:
        """Raises GateError for strangers and for paths that are none."""
        self._admit(request)
        handler = _HANDLERS.get((request.method, request.path.rstrip("/")))
        if handler is None:
            raise GateError("NOT_FOUND", "Request path not found")
        return await handler(self, request)

    def _admit(self, request: Request) -> None:
        given = request.headers.get("x-sim-token", "").encode("latin-1", "replace")
        if request.client not in _LOOPBACK or not self.exchange.token:
            raise GateError("FORBIDDEN", "Only from this machine", 403)
        if not hmac.compare_digest(given, self.exchange.token.encode()):
            raise GateError("INVALID_KEY", "X-Sim-Token does not fit", 401)

    async def truth(self, request: Request) -> dict[str, Any]:
        """Everything out of the journal alone."""
        await self.exchange.venue.durable()
        return self.exchange.venue.truth()

    async def faults(self, request: Request) -> list[dict[str, Any]]:
        return self.exchange.faults.listing()

    async def add_fault(self, request: Request) -> dict[str, int]:
        try:
            fault = parse(request.json, self.exchange.venue.clock.now_ms())
        except BadFault as error:
            raise GateError("INVALID_PARAM_VALUE", str(error)) from None
        return {"id": self.arm(fault)}

    def arm(self, fault: Fault) -> int:
        """Put a fault in force. Returns its number."""
        number = self.exchange.faults.add(fault)
        keep_rules(self.exchange)
        if fault.kind == "maintenance":
            self.hub.close_all()
        return number

    async def clear_faults(self, request: Request) -> dict[str, int]:
        """All of them, or the one named by ``id``."""
        faults = self.exchange.faults
        number = Fields(request.params).whole("id", 0)
        count = 1 if number else len(faults.listing())
        if not number:
            faults.clear()
        elif faults.remove(number) is None:
            raise invalid("id", number)
        for session in self.hub.sessions:
            session.is_stalled = False
        keep_rules(self.exchange)
        return {"cleared": count}

    async def clock(self, request: Request) -> dict[str, int]:
        """Move a stepped exchange on: ``advance_ms``, or ``to_ms``."""
        if self.exchange.advance is None:
            raise GateError("INVALID_REQUEST_BODY", "The clock runs by itself")
        fields = Fields(object_of(request.json))
        now = self.exchange.venue.clock.now_ms()
        by = fields.whole("advance_ms", fields.whole("to_ms", now) - now)
        if not 0 <= by <= _LONGEST_STEP_MS:
            raise invalid("advance_ms", by)
        await self.exchange.advance(by)
        tend(self.exchange)
        await self.exchange.venue.durable()
        return {"now_ms": self.exchange.venue.clock.now_ms()}

    async def mirror(self, request: Request) -> dict[str, Any]:
        """Take what a real exchange's feed says; what was refused and why."""
        if self.exchange.mirror is None:
            raise GateError("INVALID_REQUEST_BODY", "This exchange is no mirror")
        answer = receive(self.exchange.mirror, request.json)
        await self.exchange.venue.durable()
        return answer

    async def state(self, request: Request) -> dict[str, Any]:
        await self.exchange.venue.durable()
        return self.state_now()

    def state_now(self) -> dict[str, Any]:
        """What a page shows of the running exchange; money as text, no secrets."""
        exchange = self.exchange
        venue = exchange.venue
        clients = [a for a in venue.accounts.values() if not a.is_unlimited]
        return {
            "now_ms": venue.clock.now_ms(),
            "source": exchange.source,
            "is_stepped": exchange.advance is not None,
            "sockets": len(self.hub.sessions),
            "instruments": [self._instrument(i) for i in venue.instruments.values()],
            "accounts": [
                {
                    "id": account.id,
                    "uid": account.uid,
                    "keys": [
                        name for name, key in account.keys.items() if not key.revoked
                    ],
                    "balances": self._balances(account.id),
                }
                for account in clients
            ],
            "orders": self._recent([account.id for account in clients]),
            "faults": exchange.faults.listing(),
            "mirror": told(exchange.mirror) if exchange.mirror else None,
        }

    def _balances(self, account_id: str) -> list[dict[str, str]]:
        held = self.exchange.venue.balances(account_id)
        return [
            {
                "currency": name,
                "available": objects.number(item.available),
                "locked": objects.number(item.locked),
            }
            for name, item in sorted(held.items())
        ]

    def _instrument(self, item: Instrument) -> dict[str, Any]:
        view = self.exchange.venue.book(item.id, 1)
        day = self.exchange.market.ticker(item.id)
        return {**objects.pair(item), "ticker": objects.ticker(item.id, day, view)}

    def _recent(self, accounts: list[str]) -> list[dict[str, Any]]:
        venue = self.exchange.venue
        found: list[Order] = []
        for account_id in accounts:
            found += venue.open_orders(account_id, limit=_RECENT)
            found += venue.finished_orders(account_id, limit=_RECENT)
        newest = sorted(found, key=lambda order: order.id, reverse=True)[:_RECENT]
        return [{**objects.order(o), "account_id": o.account_id} for o in newest]


_HANDLERS: Final[dict[tuple[str, str], BackHandler]] = {
    ("GET", "/sim/truth"): BackRoom.truth,
    ("GET", "/sim/state"): BackRoom.state,
    ("GET", "/sim/faults"): BackRoom.faults,
    ("POST", "/sim/faults"): BackRoom.add_fault,
    ("DELETE", "/sim/faults"): BackRoom.clear_faults,
    ("POST", "/sim/clock"): BackRoom.clock,
    ("POST", "/sim/mirror"): BackRoom.mirror,
}
