"""One connection of ccxt.pro's, as texts: its opening, its end, and what comes.

ccxt calls the reader of a message inside the callback that asks for the next one: an
error there ends the reading while the socket stays open, and nobody hears of it. So
texts are taken before ccxt reads them, and no error gets out of here.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from apps.common.wording import gettext as _
from apps.markets.gateways.errors import Unreachable

logger = logging.getLogger(__name__)

OPEN_S: Final = 5.0


def _nobody(_text: str) -> None:
    """Until a stream has taken the line."""


class Line:
    """One connection at a time to one address."""

    def __init__(self, exchange: Any, url: str) -> None:
        self._exchange, self._url = exchange, url
        self._client: Any = None
        self.number = 0  # of the connection; a later one has a higher
        self._opening = asyncio.Lock()
        self._endings: set[asyncio.Future[Any]] = set()
        self.on_text: Callable[[str], None] = _nobody
        # Called with the reason when it broke; not for ``hang_up``.
        self.on_gone: Callable[[str], None] = _nobody

    @property
    def is_open(self) -> bool:
        return self._client is not None and not self._client.closed()

    async def open(self) -> None:
        """Returns when it stands. Raises Unreachable."""
        async with self._opening:
            if self.is_open:
                return
            self.hang_up()
            client = self._client = self._dialled()
            self.number += 1
            try:
                async with asyncio.timeout(OPEN_S):
                    await client.connect(self._exchange.session)
            except Exception as error:
                if client is self._client:
                    self.hang_up()
                raise self._unreachable(type(error).__name__) from None

    async def say(self, text: str) -> None:
        """Raises Unreachable."""
        client = self._client
        try:
            if client is None:
                raise ConnectionError
            await client.send(text)
        except Exception as error:
            raise self._unreachable(type(error).__name__) from None

    def hang_up(self) -> None:
        """Close it without waiting: a peer that is stalled would not answer."""
        client, self._client = self._client, None
        if client is None:
            return
        self._exchange.clients.pop(self._url, None)
        ending = asyncio.ensure_future(client.close())
        self._endings.add(ending)
        ending.add_done_callback(self._ended)

    async def close(self) -> None:
        self.hang_up()
        if self._endings:
            await asyncio.wait(self._endings, timeout=1)

    def _dialled(self) -> Any:
        self._exchange.open()
        self._exchange.clients = self._exchange.clients or {}
        self._exchange.clients.pop(self._url, None)
        client = self._exchange.client(self._url)
        client.handle_text_or_binary_message = self._take
        client.on_close_callback = self._broke
        client.on_error_callback = self._broke
        return client

    def _take(self, data: str | bytes) -> None:
        try:
            self.on_text(data if isinstance(data, str) else data.decode())
        except Exception:  # see the top: the reading must go on
            logger.exception("stream.message_failed")

    def _broke(self, client: Any, why: Any) -> None:
        if client is not self._client or not client.isConnected:
            return  # hung up by us, or never stood: ``open`` tells
        self.hang_up()
        self.on_gone(_("the connection broke (%(why)s)") % {"why": _words(why)})

    def _ended(self, ending: "asyncio.Future[Any]") -> None:
        self._endings.discard(ending)
        if not ending.cancelled():
            ending.exception()  # a close that failed is closed as well

    def _unreachable(self, reason: str) -> Unreachable:
        facts = {"exchange": self._exchange.id, "reason": reason}
        message = _("The stream of %(exchange)s cannot be reached: %(reason)s")
        return Unreachable(message % facts, exchange=self._exchange.id, call="stream")


def _words(why: Any) -> str:
    return str(why) if isinstance(why, int) else type(why).__name__
