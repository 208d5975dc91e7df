"""A venue, opened from its journal."""

from pathlib import Path
from typing import Self

from apps.markets.simulator.core.clock import Clock, SystemClock
from apps.markets.simulator.core.collecting import uncollected
from apps.markets.simulator.core.errors import CoreError
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.core.snapshots import restore
from apps.markets.simulator.core.snapshotter import Snapshotter
from apps.markets.simulator.core.storage import FileStorage, MemoryStorage, Storage
from apps.markets.simulator.core.venue.holding import Holding
from apps.markets.simulator.core.venue.news import News
from apps.markets.simulator.core.venue.showing import Showing
from apps.markets.simulator.core.venue.supply import Supply
from apps.markets.simulator.core.venue.waiting import Waiting

GATES_HABITS = Quirks()
JOURNAL = "journal.jsonl"


class Venue(News, Holding, Waiting, Showing, Supply):
    """Accounts, instruments, books and journal of one exchange. Made by ``open``."""

    @classmethod
    def open(
        cls,
        folder: Path | None = None,
        *,
        clock: Clock | None = None,
        quirks: Quirks = GATES_HABITS,
        group_commit: bool = False,
        snapshot_every: int = 100_000,
    ) -> Self:
        """Start from the journal in ``folder`` (None: memory only, nothing is kept).

        ``group_commit`` batches fsync and needs a running event loop. Raises
        JournalBroken when the hash chain does not hold.
        """
        storage: Storage = MemoryStorage()
        if folder is not None:
            storage = FileStorage(folder / JOURNAL)
        try:
            with uncollected():
                restored = restore(storage, folder)
        except CoreError:
            storage.close()
            raise
        storage.cut(restored.size)
        snapshotter = None
        if folder is not None:
            snapshotter = Snapshotter(
                storage,
                folder,
                every=snapshot_every,
                is_aside=group_commit,
                last=restored.snapshot_lines,
            )
        return cls(
            storage,
            restored,
            clock or SystemClock(),
            quirks,
            group_commit=group_commit,
            snapshotter=snapshotter,
        )

    def close(self) -> None:
        """Make everything durable and close the journal."""
        if self._snapshotter is not None:
            self._snapshotter.close()
        self._journal.close()
