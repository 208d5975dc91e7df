"""What a call needs of the network, and the network itself, loaded when it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

MAX_BYTES: Final = 5_000_000
# Only the list of markets may be larger: Binance's alone is some 15 MB.
MAX_LIST_BYTES: Final = 32_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """``call`` is its name for people; ``url`` may be signed and is shown to nobody."""

    call: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    max_bytes: int = MAX_BYTES

    def __repr__(self) -> str:
        return f"Request({self.call})"


@dataclass(frozen=True, slots=True)
class Reply:
    """``headers`` have lower-case names. Times are of ``time.monotonic``."""

    status: int
    headers: Mapping[str, str]
    text: str
    sent_at: float
    heard_at: float


class Transport(Protocol):
    async def send(self, request: Request) -> Reply: ...

    async def close(self) -> None: ...


class HttpTransport:
    """Real connections; close it when done.

    aiohttp comes with the first of these: 16 MB and 0.2 s that a page need not pay.
    """

    def __init__(self, exchange: str, timeout_s: float) -> None:
        from apps.markets.gateways.connections import Connections

        self._connections = Connections(exchange, timeout_s)

    async def send(self, request: Request) -> Reply:
        """Raises Unreachable, OutcomeUnknown or MalformedAnswer (too large)."""
        return await self._connections.send(request)

    async def close(self) -> None:
        await self._connections.close()
