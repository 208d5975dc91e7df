"""Candles in the database: month chunks, one writer per series, checked on reading."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.leases import DEFAULT_TTL_S, Held, LeaseHeld, held
from apps.markets.candles import cache, codec, months
from apps.markets.candles.bars import Bars, Times
from apps.markets.candles.codec import Chunk
from apps.markets.candles.merge import Mode, merged
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.errors import CorruptedChunk, ImportRunning
from apps.markets.models import CandleChunk, Series

_CHUNK_FIELDS = (
    "month",
    "start_ms",
    "row_count",
    "bar_count",
    "data",
    "sha256",
    "codec",
    "schema_version",
)
_SUMMARY = (
    "bar_count",
    "first_ms",
    "last_ms",
    "missing_count",
    "data_hash",
    "updated_at",
)
# How often a reader looks again when a writer changed the series under it.
_READ_ATTEMPTS = 5
_DECODERS = 2


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: months rewritten, and by how many candles the series grew."""

    month_count: int
    added_count: int


@contextmanager
def writing(
    exchange_code: str, symbol: str, timeframe: str, *, ttl_s: float = DEFAULT_TTL_S
) -> Iterator[Held]:
    """Be the only writer of a series, existing or not. Raises ImportRunning.

    A writer that is killed keeps the next one waiting for ``ttl_s``.
    """
    name = f"series:{exchange_code}:{symbol}:{timeframe}"
    try:
        with held(name, ttl_s=ttl_s) as lease:
            yield lease
    except LeaseHeld:
        raise ImportRunning(
            _(
                "another import of %(symbol)s %(timeframe)s is running; "
                "try again when it is done"
            )
            % {"symbol": symbol, "timeframe": timeframe}
        ) from None


def write_bars(series: Series, bars: Bars, mode: Mode = Mode.MERGE) -> Written:
    """Store bars of the series' timeframe, on its grid; rewrite only touched months.

    All or nothing, in one transaction. Raises ImportRunning while another process
    writes the series, and InvalidInput for bars of another timeframe.
    """
    instrument = series.instrument
    with writing(
        instrument.exchange.code, instrument.symbol, series.timeframe
    ) as lease:
        return write_held(lease, series, bars, mode)


def write_held(lease: Held, series: Series, bars: Bars, mode: Mode) -> Written:
    """``write_bars`` for a caller who holds ``writing`` already. Raises LeaseLost."""
    _check(series, bars)
    return commit(lease, series, prepared(lease, series, bars, mode), mode)


def prepared(lease: Held, series: Series | None, bars: Bars, mode: Mode) -> list[Chunk]:
    """The months that ``bars`` touch, merged with what is stored, not yet written.

    ``series`` is None while it does not exist. Done before the transaction, which
    on SQLite keeps every other writer waiting.
    """
    chunks = []
    for month, new in months.split_by_month(bars):
        old = _month_bars(series, month) if series and mode is not Mode.REPLACE else new
        chunks.append(codec.encode(month, merged(old, new, mode)))
        lease.renew()
    return chunks


def commit(lease: Held, series: Series, chunks: list[Chunk], mode: Mode) -> Written:
    """Write prepared months, all or nothing. Raises LeaseLost."""
    with transaction.atomic():
        # Locks the lease row: who lost it must not overwrite the next holder's work.
        lease.check()
        before = Series.objects.values_list("bar_count", flat=True).get(pk=series.pk)
        if mode is Mode.REPLACE:
            series.chunks.exclude(month__in=[chunk.month for chunk in chunks]).delete()
        _store(series, chunks)
        _sum_up(series)
    return Written(len(chunks), series.bar_count - before)


def read_bars(
    series: Series, start_ms: int | None = None, end_ms: int | None = None
) -> Bars:
    """The stored bars from ``start_ms`` up to but not including ``end_ms``.

    Gaps are absent. The arrays are read-only views of a memory-mapped file.
    Raises CorruptedChunk when a stored month fails its checksum.
    """
    data_hash = _data_hash(series)
    bars = cache.load(data_hash, series.timeframe) if data_hash else None
    if bars is None:
        bars = _decoded(series)
    return bars.within(start_ms, end_ms)


def stored_times(series: Series, start_ms: int, end_ms: int) -> Times:
    """Open times of the stored candles from ``start_ms`` up to ``end_ms``.

    Reads the months in question only, and leaves the cache of whole series alone.
    """
    if start_ms >= end_ms:
        return np.empty(0, np.int64)
    span = months.months_between(months.month_of(start_ms), months.month_of(end_ms - 1))
    times = times_in(series, list(span))
    inside: Times = times[(times >= start_ms) & (times < end_ms)]
    return inside


def times_in(series: Series, of_months: list[int]) -> Times:
    """Open times of the stored candles of these months. Raises CorruptedChunk."""
    chunks = _chunks(series, of_months)
    times: Times = _words(chunks, series.timeframe)[0]
    return times


def _decoded(series: Series) -> Bars:
    for _attempt in range(_READ_ATTEMPTS):
        chunks = _chunks(series)
        data_hash = _hash_of(series.timeframe, chunks)
        if data_hash == _data_hash(series):
            words = _words(chunks, series.timeframe)
            if chunks:
                cache.save_later(data_hash, words)
            return cache.bars_from(words, series.timeframe)
    raise CorruptedChunk(
        _("The stored months of %(series)s do not add up to its data hash.")
        % {"series": series.label}
    )


def _words(chunks: list[Chunk], timeframe: str) -> codec.Words:
    ends = np.cumsum([0, *(chunk.bar_count for chunk in chunks)]).tolist()
    words = np.empty((cache.ROWS, ends[-1]), np.int64)
    parts = [words[:, a:b] for a, b in pairwise(ends)]
    # Hashing, decompressing and copying all release the interpreter lock.
    with ThreadPoolExecutor(_DECODERS) as pool:
        list(pool.map(codec.decode_into, chunks, [timeframe] * len(chunks), parts))
    return words


def _month_bars(series: Series, month: int) -> Bars:
    chunks = _chunks(series, [month])
    return cache.bars_from(_words(chunks, series.timeframe), series.timeframe)


def _chunks(series: Series, of_months: list[int] | None = None) -> list[Chunk]:
    rows = CandleChunk.objects.filter(series=series)
    if of_months is not None:
        rows = rows.in_months(of_months)
    found = rows.order_by("month").values_list(*_CHUNK_FIELDS)
    fetched = _fetched(found) if connection.vendor == "postgresql" else found
    named = (dict(zip(_CHUNK_FIELDS, row, strict=True)) for row in fetched)
    return [Chunk(**{**row, "data": bytes(row["data"])}) for row in named]


def _fetched(rows: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows in PostgreSQL's binary form.

    Django's cursors receive text, where each byte of a blob takes two digits: a year
    of minutes then takes 55 ms to arrive instead of 20.
    """
    sql, parameters = rows.query.sql_with_params()
    connection.ensure_connection()
    # Django's own psycopg: this module is imported on SQLite as well.
    driver: Any = connection
    with driver.Database.Cursor(driver.connection) as cursor:
        cursor.execute(sql, parameters, binary=True)
        fetched: list[tuple[Any, ...]] = cursor.fetchall()
        return fetched


def _store(series: Series, chunks: list[Chunk]) -> None:
    rows = [
        CandleChunk(
            series=series, **{name: getattr(chunk, name) for name in _CHUNK_FIELDS}
        )
        for chunk in chunks
    ]
    CandleChunk.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["series", "month"],
        update_fields=[name for name in _CHUNK_FIELDS if name != "month"],
    )


def _sum_up(series: Series) -> None:
    """Bring the series' figures in line with its chunks."""
    rows = list(
        CandleChunk.objects.filter(series=series).without_data().order_by("month")
    )
    series.bar_count = sum(row.bar_count for row in rows)
    series.first_ms = series.last_ms = None
    series.missing_count = 0
    if rows:
        step, last = timeframe_ms(series.timeframe), rows[-1]
        series.first_ms = rows[0].start_ms
        series.last_ms = last.start_ms + (last.row_count - 1) * step
        expected = (series.last_ms - series.first_ms) // step + 1
        series.missing_count = expected - series.bar_count
    series.data_hash = _hash_of(series.timeframe, rows)
    series.updated_at = clock.now()
    series.save(update_fields=_SUMMARY)


def _hash_of(timeframe: str, chunks: Sequence[Chunk | CandleChunk]) -> str:
    """The series' hash; empty for a series without candles."""
    if not chunks:
        return ""
    digest = hashlib.sha256(timeframe.encode())
    for chunk in chunks:
        digest.update(f"\n{chunk.month} {chunk.sha256}".encode())
    return digest.hexdigest()


def _data_hash(series: Series) -> str:
    # Asked each time: the caller's instance may be older than the last write.
    return Series.objects.values_list("data_hash", flat=True).get(pk=series.pk)


def _check(series: Series, bars: Bars) -> None:
    if bars.timeframe != series.timeframe:
        raise InvalidInput(
            _("The candles are %(given)s and the series is %(wanted)s.")
            % {"given": bars.timeframe, "wanted": series.timeframe},
            field="timeframe",
        )
    step = timeframe_ms(series.timeframe)
    on_grid = not len(bars) or not np.any(bars.time_ms % step)
    if not on_grid or np.any(np.diff(bars.time_ms) <= 0):
        raise InvalidInput(
            _("The candles must rise in time and lie on the %(timeframe)s grid.")
            % {"timeframe": series.timeframe},
            field="timestamp",
        )
