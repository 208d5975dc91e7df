"""The state in a mapped file, for the processes of one machine.

A lock on the file lets one decide at a time; the system lets go of it when its holder
dies. Each part is kept twice and its halves are written in turn, so a process killed
while writing leaves the half before.
"""

import asyncio
import fcntl
import mmap
import os
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from apps.markets.gateways.budget.decision import Answer, Ask, Note, decide
from apps.markets.gateways.budget.state import Breaker, Group, State
from apps.markets.gateways.budget.stores.memory import boot_ms
from apps.markets.gateways.budget.stores.store import View, named_in, seen

_HEAD: Final = struct.Struct("<II")  # length and check word of a half
_HALF: Final = 32_768
_PART: Final = 2 * _HALF + 4096  # and a page whose first byte names the half in force
# The first part holds the names of the groups in the others, and the breaker.
_PARTS: Final = 128
# A holder decides in a tenth of a millisecond. Longer is a stopped process.
_PATIENCE_S: Final = 2.0


class FileStore:
    def __init__(self, path: Path, clock: Callable[[], int] = boot_ms) -> None:
        self._path = path
        self._clock = clock
        self._file = -1
        self._map: mmap.mmap | None = None
        self._owner = (0, 0)

    async def step(self, notes: Sequence[Note], ask: Ask | None) -> Answer:
        """Raises OSError when the file cannot be opened or locked."""
        limits = named_in(notes, ask)
        memory = self._opened()
        await self._lock()
        try:
            names, breaker = _contents(memory)
            now_ms = self._clock()
            parts = {name: _part_of(names, name) for name in limits}
            groups = {
                name: Group.load(limit, _read(memory, parts[name]), now_ms)
                for name, limit in limits.items()
            }
            answer = decide(State(breaker, groups), notes, ask, now_ms)
            for name, group in groups.items():
                _write(memory, parts[name], group.dump())
            _write(memory, 0, [names, breaker.dump()])
            return answer
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def look(self) -> View:
        memory = self._opened()
        now_ms = self._clock()
        names, breaker = _contents(memory)
        kept = ((name, _read(memory, n)) for n, name in enumerate(names, start=1))
        groups = tuple(seen(name, row, now_ms) for name, row in kept if row)
        return View("file", now_ms, breaker, groups)

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
            os.close(self._file)
        self._map, self._file = None, -1

    def __del__(self) -> None:
        self.close()

    def _opened(self) -> mmap.mmap:
        """The file as mapped by this process; anew after a fork, or when replaced."""
        try:
            owner = (os.getpid(), self._path.stat().st_ino)
        except FileNotFoundError:
            owner = (os.getpid(), 0)
        if self._map is None or owner != self._owner:
            # A child shares its parent's lock, so it needs an opening of its own.
            self.close()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            if os.fstat(self._file).st_size < _PARTS * _PART:
                os.ftruncate(self._file, _PARTS * _PART)
            self._map = mmap.mmap(self._file, _PARTS * _PART)
            self._owner = (os.getpid(), os.fstat(self._file).st_ino)
        return self._map

    async def _lock(self) -> None:
        delay_s, waited_s = 0.0002, 0.0
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if waited_s > _PATIENCE_S:
                    raise
            await asyncio.sleep(delay_s)
            waited_s, delay_s = waited_s + delay_s, min(delay_s * 1.5, 0.02)


def _contents(memory: mmap.mmap) -> tuple[list[str], Breaker]:
    names, breaker = _read(memory, 0) or ([], None)
    return names, Breaker.load(breaker)


def _part_of(names: list[str], name: str) -> int:
    """The part a group is kept in; what finds no room shares the last one."""
    if name not in names and len(names) < _PARTS - 1:
        names.append(name)
    return names.index(name) + 1 if name in names else _PARTS - 1


def _read(memory: mmap.mmap, part: int) -> Any:
    """What was written last and whole; None when there is nothing such."""
    start = part * _PART
    half = start + 4096 + _HALF * (memory[start] & 1)
    size, check = _HEAD.unpack_from(memory, half)
    if not 0 < size <= _HALF - _HEAD.size:
        return None
    body = memory[half + _HEAD.size : half + _HEAD.size + size]
    return orjson.loads(body) if zlib.crc32(body) == check else None


def _write(memory: mmap.mmap, part: int, value: Any) -> None:
    body = orjson.dumps(value)
    if len(body) > _HALF - _HEAD.size:
        # Hundreds wait: without their tickets, nothing but their order is lost.
        body = orjson.dumps([*value[:-1], []])
    start = part * _PART
    other = 1 - (memory[start] & 1)
    half = start + 4096 + _HALF * other
    memory[half : half + _HEAD.size + len(body)] = (
        _HEAD.pack(len(body), zlib.crc32(body)) + body
    )
    memory[start] = other
