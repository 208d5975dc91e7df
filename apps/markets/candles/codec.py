"""A month of candles as one compressed blob, and back. Pure: no Django here.

Layout, version 1, little-endian, zstd-compressed as a whole:

* when candles are missing: a presence bitmap of ``row_count`` bits, one for each
  step of the timeframe from the first candle of the month to its last;
* open, high, low, close, volume of the candles that exist, as float64, byte-shuffled:
  first the lowest byte of every number, then the next, and so on. Neighbouring
  prices share their high bytes, which zstd then finds side by side.

Times are not stored: ``start_ms``, the timeframe and the bitmap say them.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apps.common.wording import gettext as _
from apps.markets.candles.bars import Bars
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.errors import CorruptedChunk

CODEC: Final = "zstd-shuffle"
SCHEMA_VERSION: Final = 1
COLUMNS: Final = ("open", "high", "low", "close", "volume")
# Level 3 packs 6 % tighter, but takes twice as long to write and 40 % longer to read.
ZSTD_LEVEL: Final = 1

_WORD = 8
_ROW_BYTES = _WORD * len(COLUMNS)

Words = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Chunk:
    """One month as it is stored. ``month`` is 202401 for January 2024."""

    month: int
    start_ms: int
    row_count: int
    bar_count: int
    data: bytes
    sha256: str
    codec: str = CODEC
    schema_version: int = SCHEMA_VERSION


def encode(month: int, bars: Bars) -> Chunk:
    """The candles of one month, on the grid of their timeframe and at least one."""
    slots = _slots(bars)
    row_count = int(slots[-1]) + 1
    raw = _shuffled(bars).tobytes()
    if row_count > len(bars):
        raw = _bitmap(slots, row_count) + raw
    data = pa.Codec("zstd", ZSTD_LEVEL).compress(raw, asbytes=True)
    start_ms, bar_count = int(bars.time_ms[0]), len(bars)
    seal = checksum(month, start_ms, row_count, bar_count, data)
    return Chunk(month, start_ms, row_count, bar_count, data, seal)


def decode_into(chunk: Chunk, timeframe: str, out: Words) -> None:
    """Write the chunk's candles to ``out``, shape ``(6, bar_count)``.

    Row 0 receives the times, rows 1 to 5 the bits of the float64 columns.
    Raises CorruptedChunk when the checksum or the layout does not fit.
    """
    _verify(chunk)
    raw = _decompressed(chunk)
    bitmap, shuffled = np.split(raw, [_bitmap_bytes(chunk)])
    step = timeframe_ms(timeframe)
    slots = _present(bitmap, chunk)
    np.multiply(slots, step, out=out[0])
    out[0] += chunk.start_ms
    _unshuffle(shuffled, out[1:])


def checksum(
    month: int, start_ms: int, row_count: int, bar_count: int, data: bytes
) -> str:
    """SHA-256 in hex over the blob and over the numbers that give it its meaning."""
    head = f"{CODEC} {SCHEMA_VERSION} {month} {start_ms} {row_count} {bar_count}\n"
    digest = hashlib.sha256(head.encode())
    digest.update(data)
    return digest.hexdigest()


def _slots(bars: Bars) -> Words:
    """Each candle's step number, counted from the first candle."""
    slots: Words = (bars.time_ms - bars.time_ms[0]) // timeframe_ms(bars.timeframe)
    return slots


def _shuffled(bars: Bars) -> Bytes:
    columns = np.stack([getattr(bars, name) for name in COLUMNS]).astype(
        "<f8", copy=False
    )
    return columns.view(np.uint8).reshape(-1, _WORD).T


def _unshuffle(shuffled: Bytes, out: Words) -> None:
    planes = shuffled.reshape(_WORD, len(COLUMNS), -1)
    for column in range(len(COLUMNS)):
        target = out[column].view(np.uint8).reshape(-1, _WORD)
        # Byte by byte is twice as fast as one transposed copy.
        for byte in range(_WORD):
            target[:, byte] = planes[byte, column]


def _bitmap(slots: Words, row_count: int) -> bytes:
    present = np.zeros(row_count, np.bool_)
    present[slots] = True
    return np.packbits(present).tobytes()


def _present(bitmap: Bytes, chunk: Chunk) -> Words:
    if not len(bitmap):
        return np.arange(chunk.bar_count, dtype=np.int64)
    slots = np.flatnonzero(np.unpackbits(bitmap, count=chunk.row_count))
    if len(slots) != chunk.bar_count:
        message = _("month %(month)s: the bitmap and the count differ")
        raise CorruptedChunk(message % {"month": chunk.month})
    return slots


def _bitmap_bytes(chunk: Chunk) -> int:
    return -(-chunk.row_count // 8) if chunk.row_count > chunk.bar_count else 0


def _verify(chunk: Chunk) -> None:
    if (chunk.codec, chunk.schema_version) != (CODEC, SCHEMA_VERSION):
        message = _(
            "month %(month)s is stored as %(codec)s version %(version)s, "
            "which this version cannot read"
        )
        facts = {"codec": chunk.codec, "version": chunk.schema_version}
        raise CorruptedChunk(message % {"month": chunk.month, **facts})
    seal = checksum(
        chunk.month, chunk.start_ms, chunk.row_count, chunk.bar_count, chunk.data
    )
    if seal != chunk.sha256:
        message = _("month %(month)s does not match its checksum")
        raise CorruptedChunk(message % {"month": chunk.month})


def _decompressed(chunk: Chunk) -> Bytes:
    size = _bitmap_bytes(chunk) + chunk.bar_count * _ROW_BYTES
    try:
        raw = pa.Codec("zstd").decompress(chunk.data, decompressed_size=size)
    except (OSError, ValueError) as error:
        message = _("month %(month)s cannot be unpacked: %(why)s")
        facts = {"month": chunk.month, "why": error}
        raise CorruptedChunk(message % facts) from None
    return np.frombuffer(memoryview(raw), np.uint8, count=size)
