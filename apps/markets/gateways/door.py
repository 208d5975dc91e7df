"""What stands between ccxt and the network: leave, look, send, judge, decode.

Mixed in before ccxt's class of an exchange, so that every call it can make, asked for
by us or by itself, goes through here: ``fetch2`` before signing, ``fetch`` after.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from apps.common.clock import now_ms
from apps.common.wording import gettext as _
from apps.markets.gateways import endpoints, verdicts
from apps.markets.gateways.clock import ExchangeClock
from apps.markets.gateways.decoding import NotJson, decode
from apps.markets.gateways.errors import GatewayError, MalformedAnswer, RateLimited
from apps.markets.gateways.pacing import Budget, wanted
from apps.markets.gateways.rows import Rows
from apps.markets.gateways.sieve import current
from apps.markets.gateways.transport import (
    MAX_BYTES,
    MAX_LIST_BYTES,
    Reply,
    Request,
    Transport,
)

_LISTS = ("exchangeInfo", "instruments", "contracts", "currency_pairs", "symbols")


@dataclass(slots=True)
class Surroundings:
    """What a door needs beside ccxt."""

    transport: Transport
    origins: frozenset[str]
    budget: Budget | None = None
    clock: ExchangeClock = field(default_factory=ExchangeClock)
    scrub: verdicts.Scrub = field(default_factory=verdicts.scrubber)


class Door(Rows):
    """A mixin over a ccxt exchange; ``around`` is set right after construction."""

    id: str
    around: Surroundings

    # Time: every time stamp ccxt writes is the exchange's own.

    def milliseconds(self) -> int:
        return self.around.clock.now_ms()

    def seconds(self) -> int:
        return self.milliseconds() // 1000

    def microseconds(self) -> int:
        return self.milliseconds() * 1000

    # The way out

    async def fetch2(
        self,
        path: str,
        api: Any = "public",
        method: str = "GET",
        params: Any = None,
        config: Any = None,
    ) -> Any:
        """Raises ForbiddenCall; waits for its turn; then signs and sends."""
        params, config = ({} if value is None else value for value in (params, config))
        call = endpoints.name_of(method, api, path)
        endpoints.check_name(self.id, call)
        if self.around.budget is not None:
            weight = self.weight_of(api, method, path, params, config)
            priority = wanted(endpoints.priority_of(call))
            await self.around.budget.acquire(call, weight, priority)
        request = self.sign(path, api, method, params)  # type: ignore[attr-defined]
        return await self._sent(
            call,
            request["url"],
            request["method"],
            request["headers"],
            request["body"],
        )

    def weight_of(
        self, api: Any, method: str, path: str, params: Any, config: Any
    ) -> int:
        """What the call costs in ccxt's own coin, which is a pause between calls."""
        cost = self.calculate_rate_limiter_cost(api, method, path, params, config)  # type: ignore[attr-defined]
        return max(1, ceil(cost or 1))

    async def fetch(
        self,
        url: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> Any:
        """ccxt's own lowest door, for whatever does not come through ``fetch2``."""
        return await self._sent(f"{method} /", url, method, headers, body)

    async def _sent(
        self,
        call: str,
        url: str,
        method: str,
        headers: Mapping[str, str] | None,
        body: str | None,
    ) -> Any:
        endpoints.check_address(self.id, method, url, self.around.origins)
        is_list = call.endswith(_LISTS)
        request = Request(
            call,
            method,
            url,
            self.prepare_request_headers(dict(headers or {})),  # type: ignore[attr-defined]
            body,
            MAX_LIST_BYTES if is_list else MAX_BYTES,
        )
        return self._judged(call, request, await self._delivered(request))

    async def _delivered(self, request: Request) -> Reply:
        budget = self.around.budget
        try:
            reply = await self.around.transport.send(request)
        except BaseException:
            # Also when our caller has given up waiting: the call was made all the same.
            if budget is not None:
                budget.heard(request.call, 0, {})
            raise
        if budget is not None:
            budget.heard(request.call, reply.status, reply.headers)
        return reply

    # The way in

    def _judged(self, call: str, request: Request, reply: Reply) -> Any:
        notes = current()
        notes.sent_at, notes.heard_at = reply.sent_at, reply.heard_at
        body, problem = None, ""
        try:
            body = decode(reply.text, notes)
        except NotJson as error:
            problem = str(error)
        if problem or not isinstance(body, dict | list):
            raise self._unreadable(call, reply, problem)
        failure = self.verdict(call, request, reply, body)
        if failure is not None:
            raise failure
        return body

    def _unreadable(self, call: str, reply: Reply, problem: str) -> GatewayError:
        if reply.status >= 400:
            words = self.around.scrub(reply.text[:200])
            kind = verdicts.of_status(reply.status, words)
            return self.failure(kind, call, reply, "", f"HTTP {reply.status}")
        facts = {
            "exchange": self.id,
            "call": call,
            "reason": problem or _("the answer is not an object or a list"),
        }
        message = _("%(exchange)s, %(call)s: %(reason)s")
        return MalformedAnswer(
            message % facts, exchange=self.id, call=call, field="body"
        )

    def verdict(
        self, call: str, request: Request, reply: Reply, body: Any
    ) -> GatewayError | None:
        """What the exchange's answer means when it is a refusal; ccxt knows which."""
        label, words = verdicts.message_in(body)
        kind: type[GatewayError] | None = None
        try:
            self.handle_errors(  # type: ignore[attr-defined]
                reply.status, "", request.url, request.method, dict(reply.headers),
                reply.text, body, dict(request.headers), request.body,
            )  # fmt: skip
        except Exception as error:
            kind = verdicts.of_ccxt(error)
        if kind is None and reply.status >= 400:
            kind = verdicts.of_status(reply.status, words)
        return self.failure(kind, call, reply, label, words) if kind else None

    def failure(
        self, kind: type[GatewayError], call: str, reply: Reply, label: str, words: str
    ) -> GatewayError:
        offset = self.around.clock.offset_ms()
        until = 0
        if issubclass(kind, RateLimited):
            until = verdicts.pause_until(reply.headers, reply.status, now_ms(), offset)
        return verdicts.build(
            kind,
            exchange=self.id,
            call=call,
            label=self.around.scrub(label),
            words=self.around.scrub(words),
            status=reply.status,
            until_ms=until,
        )

    def parse_order_book(
        self,
        orderbook: Any,
        symbol: str,
        timestamp: Any = None,
        bidsKey: str = "bids",  # noqa: N803
        asksKey: str = "asks",  # noqa: N803
        priceKey: Any = 0,  # noqa: N803
        amountKey: Any = 1,  # noqa: N803
        countOrIdKey: Any = 2,  # noqa: N803
    ) -> dict[str, Any]:
        """ccxt makes floats of levels; here they stay what was sent."""
        keys = (priceKey, amountKey)
        return {
            "symbol": symbol,
            "bids": _levels(orderbook, bidsKey, keys),
            "asks": _levels(orderbook, asksKey, keys),
            "timestamp": timestamp,
            "datetime": None,
            "nonce": None,
        }


def _levels(book: Any, side: str, keys: tuple[Any, Any]) -> list[Any]:
    rows = book.get(side) if isinstance(book, dict) else None
    if not isinstance(rows, list):
        return []
    return [_level(row, keys) for row in rows]


def _level(row: Any, keys: tuple[Any, Any]) -> Any:
    try:
        return row[keys[0]], row[keys[1]]
    except (LookupError, TypeError):
        return row
