"""The socket's text frames: what clients may say, and what they are told."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from apps.common import clock
from apps.common.live.topics import is_topic

MAX_BYTES = 4096
# A tuple: an unhashable op, such as a list, is then unknown instead of an exception.
OPERATIONS = ("ping", "subscribe", "unsubscribe")


class BadMessageError(ValueError):
    """The client's frame is not one of the protocol."""


def parse(text: str | None) -> dict[str, Any]:
    """A client's frame. Raises BadMessageError that names the rule."""
    if text is None:
        raise BadMessageError("frames are text, not binary")
    if len(text.encode()) > MAX_BYTES:
        raise BadMessageError(f"a frame has at most {MAX_BYTES} bytes")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMessageError("the frame is not JSON") from None
    if not isinstance(message, dict) or message.get("op") not in OPERATIONS:
        raise BadMessageError(f"op is one of {', '.join(OPERATIONS)}")
    if message["op"] == "ping":
        if not isinstance(message.get("id"), str | int | None):
            raise BadMessageError("id is a string or a whole number")
    elif not is_topic(message.get("topic")):
        raise BadMessageError('topic is "prefix" or "prefix:key"')
    return message


def frame(kind: str, **content: Any) -> str:
    """Decimals become strings, times ISO 8601 UTC. Raises ValueError for NaN."""
    return encode({"type": kind, **content})


def encode(data: Any) -> str:
    return json.dumps(
        data, cls=DjangoJSONEncoder, allow_nan=False, separators=(",", ":")
    )


def state(kind: str, topic: str, seq: int, encoded: str) -> str:
    """A ``snapshot`` or an ``update`` around data that is encoded already."""
    head = frame(kind, topic=topic, seq=seq, at_ms=clock.now_ms())
    return f'{head[:-1]},"data":{encoded}}}'


def as_snapshot(frame: str) -> str:
    """An update of a topic whose updates are its whole state, as that state."""
    return frame.replace('"type":"update"', '"type":"snapshot"', 1)
