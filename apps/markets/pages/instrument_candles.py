"""Candles for the live chart: pages of them, newest first to be asked for.

A timeframe that is not stored is made of finer ones. Where the stored one ends before
a finer one does (a download of hours, live minutes since), the finer goes on.
"""

from typing import Final

import numpy as np
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.common import clock
from apps.markets.candles import store
from apps.markets.candles.aggregate import aggregate
from apps.markets.candles.bars import Bars
from apps.markets.candles.timeframes import TIMEFRAMES, timeframe_ms
from apps.markets.models import Instrument, Series
from apps.markets.selectors.markets import stored_series

PAGE: Final = 500
MOST: Final = 2_000
Rows = list[list[float]]


def candles(request: HttpRequest, pk: int) -> JsonResponse:
    """``{"candles": [[open ms, o, h, l, c, volume], ...], "has_older": bool}``.

    ``before_ms`` (not in it; now when absent) and ``limit`` say which.
    """
    if not request.user.has_perm("markets.view_instrument"):
        raise PermissionDenied
    instrument = get_object_or_404(Instrument, pk=pk)
    timeframe = request.GET.get("timeframe", "")
    if timeframe not in TIMEFRAMES:
        raise Http404(_("There is no such timeframe."))
    before_ms = _whole(request.GET.get("before_ms"), clock.now_ms() + 86_400_000)
    limit = max(1, min(_whole(request.GET.get("limit"), PAGE), MOST))
    rows, has_older = candle_page(instrument, timeframe, before_ms, limit)
    return JsonResponse({"candles": rows, "has_older": has_older})


def candle_page(
    instrument: Instrument, timeframe: str, before_ms: int, limit: int
) -> tuple[Rows, bool]:
    """The last ``limit`` candles that opened before, oldest first; whether more are."""
    parts: list[Bars] = []
    step_ms = timeframe_ms(timeframe)
    # From where the coarser ones end, the finer go on.
    after_ms: int | None = None
    for series in _sources(instrument, timeframe):
        bars = _as(timeframe, store.read_bars(series, after_ms, before_ms))
        if len(bars):
            parts.append(bars)
            after_ms = int(bars.time_ms[-1]) + step_ms
    rows: Rows = []
    for bars in parts:
        first = max(0, len(bars) - limit - 1)
        rows += _rows(bars.between(first, len(bars)))
    return rows[-limit:], len(rows) > limit


def _sources(instrument: Instrument, timeframe: str) -> list[Series]:
    """Those whose candles add up to the timeframe's, the coarsest first."""
    step_ms = timeframe_ms(timeframe)
    fitting = [
        series
        for series in stored_series(instrument)
        if step_ms % timeframe_ms(series.timeframe) == 0
    ]
    return sorted(fitting, key=lambda one: -timeframe_ms(one.timeframe))


def _as(timeframe: str, bars: Bars) -> Bars:
    if bars.timeframe == timeframe or not len(bars):
        return bars
    return aggregate(bars, timeframe)


def _rows(bars: Bars) -> Rows:
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    times: Rows = [[int(ms)] for ms in bars.time_ms]
    values = np.column_stack(columns).tolist()
    return [[*time, *row] for time, row in zip(times, values, strict=True)]


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 16 else default
