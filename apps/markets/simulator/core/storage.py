"""Where journal bytes go: a file that is synced, or memory."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from apps.markets.simulator.core.errors import JournalUnusable


class Storage(Protocol):
    """Bytes that only grow."""

    def write(self, data: bytes) -> None:
        """Durable when it returns."""

    def lines(self) -> Iterator[bytes]:
        """All lines with their line ends, from the first."""

    def cut(self, size: int) -> None:
        """Drop what is behind ``size`` bytes."""

    def close(self) -> None: ...


class MemoryStorage:
    """Keeps nothing beyond the process; for tests and throw-away venues."""

    def __init__(self) -> None:
        self._data: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._data.append(data)

    def lines(self) -> Iterator[bytes]:
        for data in list(self._data):
            yield from data.splitlines(keepends=True)

    def cut(self, size: int) -> None:
        kept = b"".join(self._data)[:size]
        self._data = [kept] if kept else []

    def close(self) -> None:
        """Nothing to give back."""


class FileStorage:
    """One file, locked against a second process. Raises JournalUnusable if taken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise JournalUnusable(f"{path} is open in another process") from None
        sync_folder(path.parent)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fdatasync(self._descriptor)

    def lines(self) -> Iterator[bytes]:
        with self.path.open("rb", buffering=1 << 20) as file:
            yield from file

    def cut(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def sync_folder(folder: Path) -> None:
    """Make names that were created or replaced in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
