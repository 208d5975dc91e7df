"""Answers on their way out: whole, cut, unreadable, or none at all."""

import secrets
from typing import Final

from apps.markets.simulator.web.asgi_types import Receive, Send
from apps.markets.simulator.web.messages import Answer

GARBAGE: Final = b"<html><head><title>502 Bad Gateway</title></head></html>"


async def send_answer(
    send: Send, answer: Answer, *, is_cut: bool = False, is_garbage: bool = False
) -> None:
    """Send it. A cut answer announces its whole length and gives half of it."""
    body = GARBAGE if is_garbage else answer.encoded()
    headers = {
        "Content-Type": "text/html" if is_garbage else "application/json",
        "Content-Length": str(len(body)),
        "X-Gate-Trace-ID": secrets.token_hex(16),
        **answer.headers,
    }
    head = [
        (k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()
    ]
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": head}
    )
    shown = body[: len(body) // 2] if is_cut else body
    await send({"type": "http.response.body", "body": shown, "more_body": is_cut})


async def drop(receive: Receive, send: Send) -> None:
    """Break the connection without a word."""
    # ASGI has no way to hang up; uvicorn's request cycle holds the transport.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
    await wait_for_leaving(receive)


async def wait_for_leaving(receive: Receive) -> None:
    """Say nothing until the client gives up."""
    while (await receive())["type"] != "http.disconnect":
        pass
