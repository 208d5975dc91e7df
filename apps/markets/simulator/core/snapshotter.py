"""Writes a snapshot every so many lines, without stopping the venue."""

import logging
from pathlib import Path
from threading import Thread

from apps.markets.simulator.core.snapshots import write_snapshot
from apps.markets.simulator.core.storage import Storage

logger = logging.getLogger(__name__)


class Snapshotter:
    """Reads the journal in a thread of its own, or, unless ``is_aside``, at once."""

    def __init__(
        self, storage: Storage, folder: Path, *, every: int, is_aside: bool, last: int
    ) -> None:
        self._storage = storage
        self._folder = folder
        self._every = every
        self._is_aside = is_aside
        self._last = last
        self._thread: Thread | None = None

    def reached(self, lines: int) -> None:
        """The journal holds ``lines`` durable lines now."""
        if lines - self._last < self._every or self._is_writing():
            return
        self._last = lines
        if not self._is_aside:
            self._write(lines)
            return
        self._thread = Thread(target=self._write, args=(lines,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for a snapshot that is being written."""
        if self._thread is not None:
            self._thread.join()

    def _is_writing(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _write(self, upto: int) -> None:
        try:
            lines = write_snapshot(self._storage, self._folder, upto)
        except OSError as failure:
            # The journal alone is enough to start from.
            logger.warning("simulator.snapshot_failed", extra={"error": str(failure)})
        else:
            logger.info("simulator.snapshot", extra={"lines": lines})
