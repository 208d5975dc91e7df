"""Calls that fetch stretches of candles, as few as the exchange allows. Pure."""

from collections.abc import Iterable, Iterator

from apps.markets.history.spans import Span


def pages(spans: Iterable[Span], step_ms: int, per_call: int) -> list[Span]:
    """One span for each call, oldest first, each of at most ``per_call`` candles.

    A call begins at the first candle that is still missing and ends with the last one
    that fits: small holes near each other cost one call together.
    ``spans`` ascend and are apart.
    """
    if per_call < 1:
        raise ValueError(f"{per_call} candles per call")
    return list(_pages(spans, per_call * step_ms))


def _pages(spans: Iterable[Span], width_ms: int) -> Iterator[Span]:
    start = end = None
    for span in spans:
        at = span.start_ms
        if start is not None and end is not None:
            edge = start + width_ms
            if at < edge:
                end = min(span.end_ms, edge)
                at = end
            if at < span.end_ms or at >= edge:
                yield Span(start, end)
                start = end = None
        while span.end_ms - at > width_ms:
            yield Span(at, at + width_ms)
            at += width_ms
        if at < span.end_ms and start is None:
            start, end = at, span.end_ms
    if start is not None and end is not None:
        yield Span(start, end)
