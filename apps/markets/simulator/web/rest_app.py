"""One HTTP request from its arrival to its answer, with whatever goes wrong."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.faults import AFTER, BEFORE, Fault
from apps.markets.simulator.web import auth, counting
from apps.markets.simulator.web.asgi_types import Receive, Scope, Send
from apps.markets.simulator.web.context import Call, Exchange
from apps.markets.simulator.web.errors import GateError, invalid, server_error
from apps.markets.simulator.web.messages import Answer, Request, read_body, request_of
from apps.markets.simulator.web.quotas import Limited
from apps.markets.simulator.web.rest.table import find
from apps.markets.simulator.web.rules import keep_rules
from apps.markets.simulator.web.sending import drop, send_answer, wait_for_leaving
from apps.markets.simulator.web.signature import API_ROOT, expired

logger = logging.getLogger(__name__)

# What a fault says when it only names a status.
_LABELS: Final = {429: "TOO_MANY_REQUESTS", 500: "INTERNAL", 503: "TOO_BUSY"}


@dataclass
class _Exchanged:
    """A request with the faults that struck it, so far."""

    request: Request
    struck: list[Fault] = field(default_factory=list)

    def has(self, kind: str) -> bool:
        return any(fault.kind == kind for fault in self.struck)

    def delay_s(self, kind: str) -> float:
        return sum(f.ms for f in self.struck if f.kind == kind) / 1000


async def handle(
    exchange: Exchange, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer one request under /api/v4."""
    request = request_of(scope)
    try:
        request.body = await read_body(request, receive)
    except GateError as error:
        await send_answer(send, _refused(exchange, error))
        return
    state = _Exchanged(request, _draw(exchange, BEFORE, request))
    await asyncio.sleep(state.delay_s("delay_request"))
    if state.has("drop_request"):
        await drop(receive, send)
        return
    answer = _forced(exchange, state.struck, "answer") or await work(exchange, request)
    state.struck += _draw(exchange, AFTER, request)
    await _deliver(exchange, state, answer, receive, send)


async def _deliver(
    exchange: Exchange, state: _Exchanged, answer: Answer, receive: Receive, send: Send
) -> None:
    await asyncio.sleep(state.delay_s("delay_response"))
    if state.has("drop_response"):
        await drop(receive, send)
    elif state.has("timeout"):
        await wait_for_leaving(receive)
    else:
        await send_answer(
            send,
            _forced(exchange, state.struck, "answer_after") or answer,
            is_cut=state.has("truncate"),
            is_garbage=state.has("garbage"),
        )


async def work(exchange: Exchange, request: Request) -> Answer:
    """Do what the request asks. Every outcome is an answer, and durable."""
    try:
        answer = await _run(exchange, request)
    except Rejected as error:
        refusal = GateError(error.label, error.message, error.status)
        answer = _refused(exchange, refusal)
    except GateError as error:
        answer = _refused(exchange, error)
    except Exception:
        logger.exception("simulator.request_failed", extra={"path": request.path})
        answer = _refused(exchange, server_error())
    await exchange.venue.durable()
    return answer


async def _run(exchange: Exchange, request: Request) -> Answer:
    path = request.path.partition(API_ROOT)[2]
    route, request.names = find(request.method, path)
    call = Call(exchange, request)
    if exchange.faults:
        keep_rules(exchange)
    if route.is_private:
        call.account, call.key, call.key_id = auth.signer(exchange, request)
    if route.writes:
        _note_arrival(call, path)
    headers = counting.count(call, route, asyncio.get_running_loop().time())
    try:
        if call.key is not None:
            auth.check_right(call.key, writes=route.writes)
        _check_deadline(exchange, request)
        body = await route.handler(call)
    except (GateError, Rejected) as error:
        return _with(_refused(exchange, _as_gate(error)), headers)
    return _with(body if isinstance(body, Answer) else Answer(body), headers)


def _as_gate(error: GateError | Rejected) -> GateError:
    if isinstance(error, GateError):
        return error
    return GateError(error.label, error.message, error.status)


def _with(answer: Answer, headers: dict[str, str]) -> Answer:
    answer.headers = {**answer.headers, **headers}
    return answer


def _note_arrival(call: Call, path: str) -> None:
    texts = counting.texts_in(call.request)
    for text in texts:
        call.venue.request_arrived(call.request.method, path, text, call.user.id)


def _check_deadline(exchange: Exchange, request: Request) -> None:
    """``x-gate-exptime``, in milliseconds: what is late is not carried out."""
    deadline = request.headers.get("x-gate-exptime")
    if not deadline:
        return
    if not (deadline.isascii() and deadline.isdigit() and len(deadline) <= 15):
        raise invalid("x-gate-exptime", deadline)
    if exchange.is_too_late(int(deadline)):
        raise expired()


def _refused(exchange: Exchange, error: GateError) -> Answer:
    now_s = str(exchange.now_ms() // 1000)
    headers = {
        "X-Gate-RateLimit-Requests-Remain": "200",
        "X-Gate-RateLimit-Limit": "200",
        "X-Gate-RateLimit-Reset-Timestamp": now_s,
    }
    if isinstance(error, Limited):
        headers = error.headers
    return Answer(error.body(), error.status, headers)


def _draw(exchange: Exchange, kinds: Iterable[str], request: Request) -> list[Fault]:
    if not exchange.faults:
        return []
    pairs = {
        str(o.get(counting.pair_field(request))) for o in counting.orders_in(request)
    }
    return exchange.faults.draw(
        kinds,
        exchange.venue.clock.now_ms(),
        request.path.partition(API_ROOT)[2],
        method=request.method,
        key=request.headers.get("key", ""),
        pair=request.params.get("currency_pair") or min(pairs),
    )


def _forced(exchange: Exchange, struck: list[Fault], kind: str) -> Answer | None:
    """The answer that a fault puts in the place of the true one."""
    for fault in struck:
        if fault.kind == kind or (kind == "answer" and fault.kind == "maintenance"):
            status = fault.status or (503 if fault.kind == "maintenance" else 400)
            label = fault.label or _LABELS.get(status, "SERVER_ERROR")
            message = fault.message or "System is under maintenance"
            return _refused(exchange, GateError(label, message, status))
    return None
