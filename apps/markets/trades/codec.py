"""A day of public trades as one compressed blob, and back. Pure: no Django here.

Layout, version 1, little-endian, zstd-compressed as a whole, for n trades:

* times in milliseconds since the day's start as int32, prices and quantities as
  float64, sides as int8 (1 buy, -1 sell, 0 unknown), each byte-shuffled as in
  ``candles.codec``;
* the exchange's ids, separated by line feeds, as UTF-8.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apps.common.wording import gettext as _
from apps.markets.candles.bars import Floats, Times
from apps.markets.candles.codec import ZSTD_LEVEL
from apps.markets.errors import CorruptedChunk

CODEC: Final = "zstd-trades-1"
_COLUMNS: Final = (
    ("time", "<i4"),
    ("price", "<f8"),
    ("quantity", "<f8"),
    ("side", "i1"),
)
_HEAD: Final = 16  # trade count and length of the unpacked rest, as int64


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """Trades in the order of time; ``side`` is the taker's: 1 buy, -1 sell, 0 unknown.

    Prices are quote per base, quantities base units.
    """

    time_ms: Times
    price: Floats
    quantity: Floats
    side: NDArray[np.int8]
    ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.time_ms)


@dataclass(frozen=True, slots=True)
class PackedDay:
    start_ms: int
    trade_count: int
    data: bytes
    sha256: str
    codec: str = CODEC


def encode(start_ms: int, trades: Trades) -> PackedDay:
    """Trades of the UTC day that begins at ``start_ms``."""
    columns: dict[str, NDArray[Any]] = {
        "time": trades.time_ms - start_ms,
        "price": trades.price,
        "quantity": trades.quantity,
        "side": trades.side,
    }
    parts = [_shuffled(columns[name].astype(form)) for name, form in _COLUMNS]
    raw = b"".join([*parts, "\n".join(trades.ids).encode()])
    head = np.array([len(trades), len(raw)], "<i8").tobytes()
    data = head + pa.Codec("zstd", ZSTD_LEVEL).compress(raw, asbytes=True)
    return PackedDay(start_ms, len(trades), data, checksum(start_ms, data))


def decode(day: PackedDay) -> Trades:
    """Raises CorruptedChunk when the checksum or the layout does not fit."""
    if day.codec != CODEC or checksum(day.start_ms, day.data) != day.sha256:
        raise CorruptedChunk(_("a day of trades does not match its checksum"))
    count, size = np.frombuffer(day.data[:_HEAD], "<i8").tolist()
    unpacked = pa.Codec("zstd").decompress(day.data[_HEAD:], decompressed_size=size)
    raw = memoryview(unpacked)
    found: dict[str, Any] = {}
    for name, form in _COLUMNS:
        length = count * np.dtype(form).itemsize
        found[name], raw = _unshuffled(raw[:length], form), raw[length:]
    text = bytes(raw).decode()
    return Trades(
        found["time"].astype(np.int64) + day.start_ms,
        found["price"],
        found["quantity"],
        found["side"],
        tuple(text.split("\n")) if text else (),
    )


def checksum(start_ms: int, data: bytes) -> str:
    """SHA-256 in hex over the blob and the day that gives it its meaning."""
    return hashlib.sha256(f"{CODEC} {start_ms}\n".encode() + data).hexdigest()


def _shuffled(column: NDArray[Any]) -> bytes:
    planes = column.view(np.uint8).reshape(len(column), column.itemsize)
    return planes.T.tobytes()


def _unshuffled(raw: memoryview, form: str) -> NDArray[Any]:
    width = np.dtype(form).itemsize
    planes = np.frombuffer(raw, np.uint8).reshape(width, -1)
    return np.ascontiguousarray(planes.T).view(form).reshape(-1)
