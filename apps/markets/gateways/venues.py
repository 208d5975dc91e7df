"""Which exchange, at which address: a plain value."""

from dataclasses import dataclass
from typing import Final

# ccxt 4.5.90 knows Gate.io by one name only.
ALIASES: Final = {"gateio": "gate"}


@dataclass(frozen=True, slots=True)
class Venue:
    """An exchange by its ccxt id, at its own address or at the one given.

    ``rest_url`` is the root of the REST API (``http://127.0.0.1:8471/api/v4``),
    ``ws_url`` that of the stream; empty means the exchange's own. A simulator lives on
    the loopback, may be plain http, and speaks the API of ``exchange``.
    """

    exchange: str
    rest_url: str = ""
    ws_url: str = ""
    is_simulator: bool = False

    @property
    def ccxt_id(self) -> str:
        return ALIASES.get(self.exchange, self.exchange)
