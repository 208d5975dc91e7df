"""Questions about downloads, gaps and what history costs on disk."""

from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, Count, Exists, OuterRef, Q, Sum, When
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.common.jobs import state
from apps.common.models.jobs import ENDED
from apps.markets.candles import store
from apps.markets.candles.months import month_end_ms, month_start_ms
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.history.spans import Span, missing, within
from apps.markets.models import (
    CandleChunk,
    Download,
    Exchange,
    ExchangeGap,
    Instrument,
    Series,
    TradeDay,
)

RECENT = 5
_DAY_MS = 86_400_000


class Gap(NamedTuple):
    """A stretch without candles; ``cause`` is None where it is ours to fill."""

    span: Span
    candles: int
    cause: ExchangeGap | None


class DayCoverage(NamedTuple):
    """``state``: full, part, none, exchange (it lacks all that is missing)."""

    start_ms: int
    present: int
    expected: int
    state: str


class DiskUse(NamedTuple):
    """Bytes of candles, of public trades, and of the cache in front of them."""

    candles: int
    trades: int
    cache: int

    @property
    def total(self) -> int:
        return sum(self)


def instruments_named(exchange: Exchange, symbols: list[str]) -> list[Instrument]:
    """In the order given. Raises NotFound naming those the exchange has not."""
    wanted = list(dict.fromkeys(symbol.strip().upper() for symbol in symbols))
    rows = Instrument.objects.filter(exchange=exchange, symbol__in=wanted)
    found = {row.symbol: row for row in rows.select_related("exchange")}
    unknown = [symbol for symbol in wanted if symbol not in found]
    if unknown:
        raise NotFound(_unknown(exchange, unknown), field="symbols")
    return [found[symbol] for symbol in wanted]


def _unknown(exchange: Exchange, unknown: list[str]) -> str:
    text = _(
        "%(exchange)s has no %(symbols)s; synchronise its instruments, or look for "
        "the name in their list."
    )
    return text % {"exchange": exchange.name, "symbols": ", ".join(unknown)}


def recent_downloads(user: Any, count: int = RECENT) -> list[Download]:
    """The active ones first, then the newest."""
    is_ended = Case(When(job__status__in=ENDED, then=1), default=0)
    rows = Download.objects.visible_to(user).with_job()
    return list(rows.order_by(is_ended, "-id")[:count])


def job_state(download: Download) -> dict[str, Any]:
    """As pages and the API show it."""
    return state(download.job)


def disk_use() -> DiskUse:
    """Compressed sizes as the database holds them."""
    candles = CandleChunk.objects.aggregate(size=Sum(Length("data")))["size"]
    trades = TradeDay.objects.aggregate(size=Sum(Length("data")))["size"]
    return DiskUse(candles or 0, trades or 0, _folder_size(settings.CANDLE_CACHE_DIR))


def gap_totals() -> dict[str, int]:
    """Series with candles missing, and in how many the exchange lacks some."""
    lacking = Exists(ExchangeGap.objects.filter(series=OuterRef("pk")))
    found = Series.objects.aggregate(
        incomplete=Count("pk", filter=Q(missing_count__gt=0)),
        missing=Sum("missing_count"),
        exchange=Count("pk", filter=lacking),
    )
    return {name: count or 0 for name, count in found.items()}


def gaps_of(series: Series, most: int = 200) -> list[Gap]:
    """Newest first: what is missing inside the series, each with its cause."""
    if not series.missing_count:
        return []
    step_ms = timeframe_ms(series.timeframe)
    absent = _absent(series, step_ms)[-most:]
    rows = ExchangeGap.objects.filter(series=series)
    causes = list(rows.touching(absent[0].start_ms, absent[-1].end_ms))
    return [_gap(span, causes, step_ms) for span in reversed(absent)]


def _absent(series: Series, step_ms: int) -> list[Span]:
    """Between the months by their edges; inside only of months that have holes."""
    chunks = CandleChunk.objects.filter(series=series).without_data()
    found: list[Span] = []
    whole = [
        (chunk, Span(chunk.start_ms, chunk.start_ms + chunk.row_count * step_ms))
        for chunk in chunks.order_by("month")
    ]
    holed = [chunk.month for chunk, _span in whole if chunk.bar_count < chunk.row_count]
    times = store.times_in(series, holed) if holed else None
    last_ms = whole[0][1].start_ms
    for chunk, span in whole:
        if span.start_ms > last_ms:
            found.append(Span(last_ms, span.start_ms))
        if times is not None and chunk.month in holed:
            found += missing(times, span, step_ms)
        last_ms = span.end_ms
    return found


def _gap(span: Span, causes: list[ExchangeGap], step_ms: int) -> Gap:
    covers = (
        cause
        for cause in causes
        if cause.from_ms <= span.start_ms and span.end_ms <= cause.to_ms
    )
    return Gap(span, span.count(step_ms), next(covers, None))


def days_of(series: Series, month: int) -> list[DayCoverage]:
    """Each day of the month that the series reaches into."""
    if series.first_ms is None or series.last_ms is None:
        return []
    step_ms = timeframe_ms(series.timeframe)
    edges = (month_start_ms(month), month_end_ms(month))
    whole = Span(
        max(edges[0], series.first_ms), min(edges[1], series.last_ms + step_ms)
    )
    times = store.stored_times(series, *whole)
    absent = missing(times, whole, step_ms)
    rows = ExchangeGap.objects.filter(series=series).touching(*whole)
    known = [Span(*one) for one in rows.values_list("from_ms", "to_ms")]
    days = range(whole.start_ms // _DAY_MS * _DAY_MS, whole.end_ms, _DAY_MS)
    return [
        _day(within([whole], Span(day, day + _DAY_MS))[0], absent, known, step_ms)
        for day in days
    ]


def _day(day: Span, absent: list[Span], known: list[Span], step_ms: int) -> DayCoverage:
    holes = within(absent, day)
    lacking = sum(hole.count(step_ms) for hole in holes)
    theirs = sum(part.count(step_ms) for hole in holes for part in within(known, hole))
    expected = day.count(step_ms)
    state = "full" if not lacking else "exchange" if theirs == lacking else "part"
    if lacking == expected and state == "part":
        state = "none"
    return DayCoverage(day.start_ms, expected - lacking, expected, state)


def _folder_size(folder: str | Path) -> int:
    try:
        return sum(path.stat().st_size for path in Path(folder).iterdir())
    except OSError:
        return 0
