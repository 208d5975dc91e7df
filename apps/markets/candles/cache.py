"""Decoded series as memory-mapped files, shared by every process of this machine.

A file is named by the data hash of the series, so it never goes stale: other candles
have another name. It is a plain ``.npy`` of int64 words: six rows (times, then the
bits of the five float64 columns) followed by one check word. Files are written aside
and renamed, so a reader sees a whole file or none; losing one only costs decoding.
"""

import logging
import os
import threading
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
from django.conf import settings

from apps.markets.candles.bars import Bars
from apps.markets.candles.codec import Words

logger = logging.getLogger(__name__)

LIMIT_BYTES: Final = 4 * 1024**3
ROWS: Final = 6
_DRAFT = ".draft"
_DRAFT_LIFE_S = 3600

# Files whose check word this process has seen fit: (name, inode, size, changed).
_checked: set[tuple[str, int, int, int]] = set()
_saving: set[threading.Thread] = set()


def load(data_hash: str, timeframe: str) -> Bars | None:
    """The bars without copying them, read-only; None when there is no sound file."""
    path = _path(data_hash)
    try:
        words = np.load(path, mmap_mode="r")
        if _is_sound(path, words):
            _mark_used(path)
            return bars_from(np.asarray(words)[:-1].reshape(ROWS, -1), timeframe)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError):
        pass
    logger.warning("candles.cache_file_damaged", extra={"file": path.name})
    path.unlink(missing_ok=True)
    return None


def save(data_hash: str, words: Words) -> None:
    """Keep decoded words, shape ``(6, n_bars)``; a full disk only costs the speed."""
    path = _path(data_hash)
    draft = path.with_name(f"{path.stem}.{uuid4().hex[:8]}{_DRAFT}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(draft, words)
        draft.replace(path)
        evict(keep=path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        logger.warning("candles.cache_not_written", extra={"error": str(error)})


def save_later(data_hash: str, words: Words) -> None:
    """``save`` in a thread of its own: a reader need not wait for 25 MB of file."""
    saving = threading.Thread(target=_save_and_leave, args=(data_hash, words))
    _saving.add(saving)
    saving.start()


def flush() -> None:
    """Wait for every file that is still being written."""
    for saving in list(_saving):
        saving.join()


def bars_from(words: Words, timeframe: str) -> Bars:
    """Six rows of words as read-only bars over the same memory."""
    words.flags.writeable = False
    return Bars.of([words[0], *words[1:].view(np.float64)], timeframe)


def evict(*, keep: Path, limit_bytes: int | None = None) -> None:
    """Delete the files used longest ago until the rest fits; ``keep`` stays."""
    room = LIMIT_BYTES if limit_bytes is None else limit_bytes
    newest_first = sorted(_files(keep.parent), key=lambda found: -found[1].st_atime_ns)
    for path, status in newest_first:
        room -= status.st_size
        if path != keep and (room < 0 or _is_abandoned(path, status)):
            # Whoever has it mapped keeps reading; only the name goes.
            path.unlink(missing_ok=True)


def _save_and_leave(data_hash: str, words: Words) -> None:
    try:
        save(data_hash, words)
    finally:
        _saving.discard(threading.current_thread())


def _path(data_hash: str) -> Path:
    return Path(settings.CANDLE_CACHE_DIR) / f"{data_hash}.npy"


def _write(draft: Path, words: Words) -> None:
    header = np.lib.format.header_data_from_array_1_0(words.reshape(-1))
    header["shape"] = (words.size + 1,)
    with draft.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.write(np.ascontiguousarray(words).data)
        file.write(_check_word(words).tobytes())


def _check_word(words: Words) -> np.int64:
    # The complement, so that a file of zeros, what a power cut leaves, is not sound.
    return np.int64(~np.add.reduce(words, axis=None))


def _is_sound(path: Path, words: Words) -> bool:
    status = path.stat()
    seen = (path.name, status.st_ino, status.st_size, status.st_mtime_ns)
    if seen in _checked:
        return True
    if words.dtype != np.int64 or words.ndim != 1 or len(words) % ROWS != 1:
        return False
    if words[-1] != _check_word(words[:-1]):
        return False
    _checked.add(seen)
    return True


def _mark_used(path: Path) -> None:
    # Only the access time: the time of change tells a known file from a new one.
    os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))


def _files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in folder.iterdir():
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:
            continue
    return found


def _is_abandoned(path: Path, status: os.stat_result) -> bool:
    return path.suffix == _DRAFT and time.time() - status.st_mtime > _DRAFT_LIFE_S
