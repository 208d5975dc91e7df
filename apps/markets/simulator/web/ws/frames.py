"""The envelopes of WebSocket messages. Source: the protocol reference, part 4."""

import json
import secrets
from typing import Any, Final

BAD_REQUEST: Final = 1
BAD_ARGUMENT: Final = 2
SERVER: Final = 3
AUTHENTICATION: Final = 4


class WsError(Exception):
    """A request refused: one of the four codes and a text."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def denied(label: str, message: str) -> WsError:
    """Authentication failed; the text is itself JSON."""
    return WsError(AUTHENTICATION, dumps({"label": label, "message": message}))


def dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def reply(
    request: dict[str, Any], conn_id: str, now_ms: int, error: WsError | None = None
) -> str:
    """The answer to a subscription: the request's ``id`` comes back, always."""
    trace = secrets.token_hex(16)
    refusal = {"code": error.code, "message": error.message} if error else None
    return dumps(
        {
            "time": now_ms // 1000,
            "time_ms": now_ms,
            "id": request.get("id"),
            "conn_id": conn_id,
            "trace_id": trace,
            "channel": request.get("channel", ""),
            "event": request.get("event", ""),
            "payload": request.get("payload"),
            "error": refusal,
            "result": {"status": "fail" if error else "success"},
            "requestId": trace,
        }
    )


def update(channel: str, result: Any, now_ms: int, event: str = "update") -> str:
    return dumps(
        {
            "time": now_ms // 1000,
            "time_ms": now_ms,
            "channel": channel,
            "event": event,
            "result": result,
        }
    )


def pong(channel: str, now_ms: int) -> str:
    room = channel.partition(".")[0]
    return dumps(
        {
            "time": now_ms // 1000,
            "time_ms": now_ms,
            "channel": f"{room}.pong",
            "event": "",
            "error": None,
            "result": None,
        }
    )
