"""How the feeds of this process do, as rows for the page *Feeds*."""

import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.common import clock
from apps.common.identity import process_name
from apps.markets.feeds.deadlines import State
from apps.markets.feeds.venue import Live
from apps.markets.models import FeedChannel, FeedProcess, FeedState
from apps.markets.services.feeds.demand import Need


@dataclass(frozen=True, slots=True)
class Report:
    """One channel's figures, taken on the loop and written in a thread."""

    need: Need
    values: dict[str, Any]


def report_of(need: Need, live: Live, now_ms: int) -> Report:
    figures, watch = live.figures, live.watch
    last_ms = figures.last_message_ms
    is_silent = watch.state not in (State.LIVE, State.QUIET)
    return Report(
        need,
        {
            "state": str(watch.state),
            "last_message_at": None if last_ms is None else clock.from_ms(last_ms),
            "silent_since": clock.from_ms(watch.silent_since_ms) if is_silent else None,
            "stalled_since": (
                clock.from_ms(live.stalled_since_ms) if watch.is_alarmed else None
            ),
            "lag_ms": None if figures.lag_ms is None else round(figures.lag_ms, 1),
            "rate": round(figures.rate(now_ms), 2),
            "message_count": figures.messages,
            "reconnect_count": figures.reconnects,
            "resubscription_count": watch.resubscriptions,
            "poll_count": figures.polls,
            "gap_count": figures.gaps,
            "closed_count": figures.closed,
            "corrected_count": figures.corrected,
            "refused_count": figures.refused.total(),
            "refusals": dict(figures.refused),
        },
    )


def write_reports(reports: Iterable[Report], **process: Any) -> None:
    """Bring the rows of this process up to date; those it no longer carries end."""
    now = clock.now()
    row = FeedProcess.objects.filter(name=process_name()).first()
    if row is None:
        return
    FeedProcess.objects.filter(pk=row.pk).update(**process)
    rows = [
        FeedChannel(
            instrument_id=report.need.instrument_id,
            kind=report.need.kind,
            timeframe=report.need.timeframe,
            process=row,
            updated_at=now,
            **report.values,
        )
        for report in reports
    ]
    FeedChannel.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["instrument", "kind", "timeframe"],
        update_fields=["process", "updated_at", *_FIGURES],
    )
    gone = FeedChannel.objects.filter(process=row, updated_at__lt=now)
    gone.update(state=FeedState.ENDED, process=None, rate=0, updated_at=now)


def restarts_asked(since_ms: int) -> list[Need]:
    """Channels of this process that somebody asked to restart since then."""
    rows = FeedChannel.objects.filter(
        process__name=process_name(), restart_asked_at__gt=clock.from_ms(since_ms)
    )
    return [
        Need(*row) for row in rows.values_list("instrument_id", "kind", "timeframe")
    ]


def memory_mb() -> float:
    """This process's memory now; its peak where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return round(pages * resource.getpagesize() / 2**20, 1)
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak / (2**20 if sys.platform == "darwin" else 1024), 1)


_FIGURES = (
    "state",
    "last_message_at",
    "silent_since",
    "stalled_since",
    "lag_ms",
    "rate",
    "message_count",
    "reconnect_count",
    "resubscription_count",
    "poll_count",
    "gap_count",
    "closed_count",
    "corrected_count",
    "refused_count",
    "refusals",
)
