"""Days of public trades in the database."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from django.db import transaction

from apps.markets.models import Instrument, TradeDay
from apps.markets.trades import codec
from apps.markets.trades.codec import PackedDay, Trades

DAY_MS: Final = 86_400_000
_SIDES: Final = {"buy": 1, "sell": -1}


def write_day(
    instrument: Instrument, start_ms: int, trades: Trades, *, is_complete: bool
) -> int:
    """Put trades among those of the day, each id once; by how many it grew."""
    with transaction.atomic():
        row = (
            TradeDay.objects.select_for_update()
            .filter(instrument=instrument, start_ms=start_ms)
            .first()
        )
        old = _decoded(row) if row else None
        whole = merged(old, trades) if old else trades
        day = codec.encode(start_ms, whole)
        TradeDay.objects.update_or_create(
            instrument=instrument,
            start_ms=start_ms,
            defaults={
                "trade_count": day.trade_count,
                "is_complete": is_complete or bool(row and row.is_complete),
                "codec": day.codec,
                "data": day.data,
                "sha256": day.sha256,
            },
        )
    return len(whole) - (len(old) if old else 0)


def read_trades(instrument: Instrument, start_ms: int, end_ms: int) -> Trades:
    """The stored trades from ``start_ms`` up to ``end_ms``. Raises CorruptedChunk."""
    rows = TradeDay.objects.filter(
        instrument=instrument, start_ms__gt=start_ms - DAY_MS, start_ms__lt=end_ms
    )
    days = [_decoded(row) for row in rows.order_by("start_ms")]
    return _where(_joined(days), start_ms, end_ms)


def merged(old: Trades, new: Trades) -> Trades:
    """Both, in order of time; what both have is taken from the old."""
    known = set(old.ids)
    fresh = np.array([name not in known for name in new.ids], np.bool_)
    return _joined([old, _kept(new, fresh)])


def trades_of(rows: Iterable[tuple[int, float, float, str | None, str]]) -> Trades:
    """From (time, price, quantity, side, id), each id once."""
    table = {row[4]: row for row in rows}
    ordered = sorted(table.values(), key=lambda row: row[0])
    columns = list(zip(*ordered, strict=True)) or [(), (), (), (), ()]
    return Trades(
        np.array(columns[0], np.int64),
        np.array(columns[1], np.float64),
        np.array(columns[2], np.float64),
        np.array([_SIDES.get(side or "", 0) for side in columns[3]], np.int8),
        tuple(columns[4]),
    )


def _decoded(row: TradeDay) -> Trades:
    packed = PackedDay(
        row.start_ms, row.trade_count, bytes(row.data), row.sha256, row.codec
    )
    return codec.decode(packed)


def _joined(parts: list[Trades]) -> Trades:
    if not parts:
        return trades_of(())
    time_ms = np.concatenate([part.time_ms for part in parts])
    order = np.argsort(time_ms, kind="stable")
    ids = [name for part in parts for name in part.ids]
    return Trades(
        time_ms[order],
        np.concatenate([part.price for part in parts])[order],
        np.concatenate([part.quantity for part in parts])[order],
        np.concatenate([part.side for part in parts])[order],
        tuple(ids[at] for at in order.tolist()),
    )


def _where(trades: Trades, start_ms: int, end_ms: int) -> Trades:
    inside = (trades.time_ms >= start_ms) & (trades.time_ms < end_ms)
    return _kept(trades, inside)


def _kept(trades: Trades, keep: np.ndarray) -> Trades:
    return Trades(
        trades.time_ms[keep],
        trades.price[keep],
        trades.quantity[keep],
        trades.side[keep],
        tuple(trades.ids[at] for at in np.flatnonzero(keep).tolist()),
    )
