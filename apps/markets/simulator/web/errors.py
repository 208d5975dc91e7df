"""What Gate.io says when it refuses: a status, a text, and always a label."""

from http import HTTPStatus
from typing import Final

# Labels that do not answer 400. Sources: the protocol reference, part 1.3.
STATUS_OF: Final = {
    "NOT_FOUND": 404,
    "ORDER_NOT_FOUND": 404,
    "CLIENT_ID_NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "MISSING_REQUIRED_HEADER": 401,
    "INVALID_KEY": 401,
    "INVALID_SIGNATURE": 401,
    "INVALID_CREDENTIALS": 401,
    "REQUEST_EXPIRED": 401,
    "IP_FORBIDDEN": 401,
    "READ_ONLY": 403,
    "FORBIDDEN": 403,
    "ACCOUNT_LOCKED": 403,
    "TOO_MANY_REQUESTS": 429,
    "TOO_FAST": 429,
    "SERVER_ERROR": 500,
    "INTERNAL": 500,
    "TOO_BUSY": 503,
}


class GateError(Exception):
    """A refusal as the exchange words it; ``status`` follows from the label."""

    def __init__(self, label: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{label}: {message}")
        self.label = label
        self.message = message
        self.status = status or STATUS_OF.get(label, int(HTTPStatus.BAD_REQUEST))

    def body(self) -> dict[str, str]:
        return {"label": self.label, "message": self.message}


def invalid(name: str, value: object) -> GateError:
    """A parameter with a value that cannot be."""
    shown = str(value)[:40]
    return GateError(
        "INVALID_PARAM_VALUE", f"Invalid request parameter `{name}` value: {shown}"
    )


def missing(name: str) -> GateError:
    return GateError("MISSING_REQUIRED_PARAM", f"Missing required parameter: `{name}`")


def unknown_pair(name: object) -> GateError:
    shown = str(name)[:40]
    return GateError("INVALID_CURRENCY_PAIR", f"Invalid currency pair {shown}")


def server_error() -> GateError:
    return GateError("SERVER_ERROR", "Internal server error, please try again later")
