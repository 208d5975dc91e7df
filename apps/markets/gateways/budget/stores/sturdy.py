"""The first store that works. Losing one costs precision, never the work."""

import logging
import time
from collections.abc import Sequence
from typing import Final

from apps.markets.gateways.budget.decision import Answer, Ask, Note
from apps.markets.gateways.budget.stores.store import Store, View

logger = logging.getLogger(__name__)

# A store that failed is left alone for so long, so that exits wait for it only once.
REST_S: Final = 5.0


class SturdyStore:
    """Best first; the last one cannot fail.

    With Redis away each machine keeps to the limits by itself: together they may go
    over them, and then the exchange's 429 slows all down.
    """

    def __init__(self, *stores: Store) -> None:
        self._stores = stores
        self._rests_until = [0.0] * len(stores)

    async def step(self, notes: Sequence[Note], ask: Ask | None) -> Answer:
        for index, store in enumerate(self._stores[:-1]):
            if time.monotonic() < self._rests_until[index]:
                continue
            try:
                return await store.step(notes, ask)
            except OSError as error:
                self._rest(index, error)
        return await self._stores[-1].step(notes, ask)

    def look(self) -> View:
        for index, store in enumerate(self._stores[:-1]):
            try:
                return store.look()
            except OSError as error:
                self._rest(index, error)
        return self._stores[-1].look()

    def _rest(self, index: int, error: Exception) -> None:
        self._rests_until[index] = time.monotonic() + REST_S
        fields = {
            "store": type(self._stores[index]).__name__,
            "error": str(error) or type(error).__name__,
        }
        logger.warning("budget.store_away", extra=fields)
