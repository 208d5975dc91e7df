"""The venue's own books: chained lines, synced in groups before anything is shown.

Each line carries the sha256 of the line before it. The lines of one operation stand
together and the last of them says so (``"end":1``); an operation whose end never
reached the disk was never answered and is cut off at the next start.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from typing import NamedTuple

from orjson import dumps

from apps.markets.simulator.core.errors import JournalBroken, JournalUnusable
from apps.markets.simulator.core.lines import Line
from apps.markets.simulator.core.storage import Storage

GENESIS = "0" * 64
_HASH = slice(-67, -3)  # of a line that ends in ,"end":1,"prev":"<hash>"}\n
_MARK = slice(-83, -75)
_END = b'"end":1,'
_MANY = 1_000  # lines handed out at once: one by one would cost as much as the hashes


class Group(NamedTuple):
    """Whole operations: their lines, the number and hash of the last, bytes so far."""

    lines: list[bytes]
    number: int
    head: str
    size: int


def groups(storage: Storage, *stops: int) -> Iterator[Group]:
    """All complete operations, from the first line on; a group ends at each stop.

    Raises JournalBroken at a line whose hash the next line does not carry.
    """
    number, size, head = 0, 0, GENESIS
    group: list[bytes] = []
    wanted = _wanted(number, stops)
    for line in storage.lines():
        if line[_HASH] != head.encode():
            if not line.endswith(b"\n"):  # torn; a whole line has its hash elsewhere
                break
            before = number + len(group)
            reason = f"line {before + 1} does not carry this line's hash"
            raise JournalBroken(max(before, 1), reason)
        head = sha256(line[:-1]).hexdigest()
        group.append(line)
        if len(group) >= wanted and line[_MARK] == _END:
            number += len(group)
            size += sum(map(len, group))
            yield Group(group, number, head, size)
            group, wanted = [], _wanted(number, stops)
    while group and group[-1][_MARK] != _END:
        group.pop()
    if group:
        head = sha256(group[-1][:-1]).hexdigest()
        yield Group(group, number + len(group), head, size + sum(map(len, group)))


def _wanted(number: int, stops: tuple[int, ...]) -> int:
    """How many lines the group behind line ``number`` has at least."""
    return min([stop - number for stop in stops if stop > number] + [_MANY])


class Journal:
    """Appends to a storage. ``lines`` are written or waiting, ``durable`` are safe."""

    def __init__(
        self,
        storage: Storage,
        *,
        lines: int,
        head: str,
        group_commit: bool,
        on_durable: Callable[[int], None],
    ) -> None:
        self.storage = storage
        self.lines = self.durable_lines = lines
        self._head = head
        self._is_grouped = group_commit
        self._on_durable = on_durable
        self._waiting: list[bytes] = []
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._thread = ThreadPoolExecutor(1, "journal") if group_commit else None
        self._in_flight: Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._failure: OSError | None = None

    def append(self, operation: Sequence[Line]) -> None:
        """Chain the lines of one operation and write them now or with the next group.

        Raises JournalUnusable after the disk has failed.
        """
        self._check()
        head, number, wait = self._head, self.lines, self._waiting.append
        for line in operation:
            number += 1
            line["n"] = number
            if line is operation[-1]:
                line["end"] = 1
            line["prev"] = head  # these two last: a start finds them by their place
            text = dumps(line)
            head = sha256(text).hexdigest()
            wait(text)
        self._head, self.lines = head, number
        self._schedule()

    def flush(self) -> None:
        """Write and sync everything before returning."""
        self._check()
        try:
            if self._in_flight is not None:
                self._in_flight.result()
            data, upto = self._take()
            if data:
                self.storage.write(data)
        except OSError as failure:
            self._fail(failure)
            raise JournalUnusable(str(failure)) from failure
        self._reached(upto)

    async def durable(self, upto: int | None = None) -> None:
        """Return when the first ``upto`` lines (default: all) are on disk."""
        self._check()
        upto = self.lines if upto is None else upto
        if self.durable_lines >= upto:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append((upto, waiter))
        await waiter

    def close(self) -> None:
        if self._failure is None:
            self.flush()
        if self._thread is not None:
            self._thread.shutdown()
        self.storage.close()

    def _schedule(self) -> None:
        if not self._is_grouped:
            self.flush()
        elif self._task is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:  # set up before the loop runs
                self.flush()
            else:
                self._task = loop.create_task(self._write_groups())

    async def _write_groups(self) -> None:
        """While one group is being synced the next one gathers."""
        try:
            while self._waiting:
                data, upto = self._take()
                await self._write(data)
                self._reached(upto)
        except OSError as failure:
            self._fail(failure)
        finally:
            self._task = None

    async def _write(self, data: bytes) -> None:
        assert self._thread is not None
        self._in_flight = self._thread.submit(self.storage.write, data)
        try:
            await asyncio.wrap_future(self._in_flight)
        finally:
            self._in_flight = None

    def _take(self) -> tuple[bytes, int]:
        self._waiting.append(b"")  # for the last line's end
        data, self._waiting = b"\n".join(self._waiting), []
        return data, self.lines

    def _reached(self, upto: int) -> None:
        self.durable_lines = max(self.durable_lines, upto)
        self._on_durable(self.durable_lines)
        if not self._waiters:
            return
        waiters, self._waiters = self._waiters, []
        for line, waiter in waiters:
            if line > self.durable_lines:
                self._waiters.append((line, waiter))
            elif not waiter.done():
                waiter.set_result(None)

    def _fail(self, failure: OSError) -> None:
        self._failure = failure
        for _, waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(JournalUnusable(str(failure)))
        self._waiters = []

    def _check(self) -> None:
        if self._failure is not None:
            raise JournalUnusable(str(self._failure))
