"""What an exchange itself lacks: recorded, left out of later questions, asked again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.common import clock
from apps.markets.history.spans import Span, minus, within
from apps.markets.models import Download, ExchangeGap, GapReason, Series
from apps.markets.services.history.asking import DownloadRequest, request_download


def known_gaps(series: Series, wanted: Span) -> list[Span]:
    """What the exchange was found to lack of this period."""
    rows = ExchangeGap.objects.filter(series=series).touching(*wanted)
    return [Span(*edges) for edges in rows.values_list("from_ms", "to_ms")]


def record(
    series: Series, found: Iterable[tuple[Span, GapReason]], asked_at: datetime
) -> int:
    """Remember spans that were asked for twice; how many rows that are."""
    rows = [
        ExchangeGap(
            series=series,
            from_ms=span.start_ms,
            to_ms=span.end_ms,
            reason=reason,
            asked_at=asked_at,
            asked_again_at=clock.now(),
        )
        for span, reason in found
    ]
    ExchangeGap.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["series", "from_ms"],
        update_fields=["to_ms", "reason", "asked_at", "asked_again_at"],
        batch_size=500,
    )
    return len(rows)


def forget_filled(series: Series, wanted: Span, missing: list[Span]) -> None:
    """Cut from the recorded gaps what has candles after all, by file or by download."""
    rows = list(ExchangeGap.objects.filter(series=series).touching(*wanted))
    changed = [row for row in rows if _left(row, wanted, missing) != [_span(row)]]
    if not changed:
        return
    parts = [
        ExchangeGap(
            series=series,
            from_ms=span.start_ms,
            to_ms=span.end_ms,
            reason=row.reason,
            asked_at=row.asked_at,
            asked_again_at=row.asked_again_at,
        )
        for row in changed
        for span in _left(row, wanted, missing)
    ]
    with transaction.atomic():
        ExchangeGap.objects.filter(pk__in=[row.pk for row in changed]).delete()
        ExchangeGap.objects.bulk_create(parts)


@transaction.atomic
def ask_again(gap: ExchangeGap, *, owner: Any = None) -> Download:
    """Forget the gap and ask for its candles once more. Raises InvalidFields."""
    instrument = gap.series.instrument
    download = request_download(
        DownloadRequest(
            exchange=instrument.exchange,
            instruments=[instrument],
            timeframes=[gap.series.timeframe],
            start_at=clock.from_ms(gap.from_ms),
            end_at=clock.from_ms(gap.to_ms),
        ),
        owner=owner,
    )
    gap.delete()
    return download


def _span(row: ExchangeGap) -> Span:
    return Span(row.from_ms, row.to_ms)


def _left(row: ExchangeGap, wanted: Span, missing: list[Span]) -> list[Span]:
    """The row's span without what has candles inside ``wanted``."""
    inside = within(missing, _span(row))
    return sorted([*minus([_span(row)], [wanted]), *inside])
