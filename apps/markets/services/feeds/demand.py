"""What is needed now: by bots and pages as they say, by watch-lists as they stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.gateways.streams import Channel, ChannelKind
from apps.markets.models import (
    FeedDemand,
    FeedKind,
    Instrument,
    InstrumentStatus,
    WatchListEntry,
)

PAGES: Final = "pages"


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One channel of one instrument; ``timeframe`` for candles only."""

    instrument_id: int
    kind: str
    timeframe: str = ""

    def check(self) -> None:
        """Raises InvalidInput for what no feed could carry."""
        if self.kind not in FeedKind.values:
            rule = _("%(given)s is no kind of feed.")
            raise InvalidInput(rule % {"given": repr(self.kind)}, field="kind")
        if self.kind == FeedKind.CANDLE:
            timeframe_ms(self.timeframe)
        elif self.timeframe:
            raise InvalidInput(_("Only candles have a timeframe."), field="timeframe")

    def channel(self, instrument: Instrument) -> Channel:
        return Channel(
            ChannelKind(self.kind),
            instrument.symbol,
            self.timeframe,
            instrument.exchange_symbol,
        )


def ask_for(asker: str, needs: Iterable[Need], *, for_s: float | None = None) -> None:
    """Need these channels, for so long or for good; asking again renews.

    ``asker`` is who, such as ``bot:7``. Raises InvalidInput; nothing is asked then.
    """
    wanted = list(needs)
    for need in wanted:
        need.check()
    now = clock.now()
    until = None if for_s is None else now + timedelta(seconds=for_s)
    FeedDemand.objects.bulk_create(
        [
            FeedDemand(
                asker=asker,
                instrument_id=need.instrument_id,
                kind=need.kind,
                timeframe=need.timeframe,
                asked_at=now,
                until=until,
            )
            for need in wanted
        ],
        update_conflicts=True,
        unique_fields=["asker", "instrument", "kind", "timeframe"],
        update_fields=["asked_at", "until"],
    )


def release(asker: str) -> None:
    """Need nothing any more."""
    FeedDemand.objects.filter(asker=asker).delete()


def needs() -> dict[str, set[Need]]:
    """What is needed now, by asker; members of watch-lists need their tickers.

    Not those of a synthetic exchange: made prices need no watching while nobody looks.
    """
    found: dict[str, set[Need]] = {}
    alive = Q(until__isnull=True) | Q(until__gt=clock.now())
    rows = FeedDemand.objects.filter(alive).values_list(
        "asker", "instrument_id", "kind", "timeframe"
    )
    for asker, instrument_id, kind, timeframe in rows:
        found.setdefault(asker, set()).add(Need(instrument_id, kind, timeframe))
    members = WatchListEntry.objects.filter(
        is_in=True,
        instrument__exchange__is_enabled=True,
        instrument__exchange__is_synthetic=False,
    ).values_list("instrument_id", flat=True)
    if listed := {Need(pk, FeedKind.TICKER) for pk in members}:
        found["watch-lists"] = listed
    return found


def is_needed() -> bool:
    """Whether any feed has to run; cheap."""
    return any(needs().values())


def instruments_of(ids: Iterable[int]) -> dict[int, Instrument]:
    """Those that can be streamed: not delisted, on an exchange that can be asked."""
    can_be_asked = Q(exchange__is_synthetic=False) | Q(exchange__is_simulator=True)
    rows = Instrument.objects.filter(can_be_asked, pk__in=set(ids))
    usable = rows.exclude(status=InstrumentStatus.DELISTED).select_related("exchange")
    return {row.pk: row for row in usable}


def forget_ended() -> None:
    FeedDemand.objects.filter(until__lte=clock.now() - timedelta(minutes=1)).delete()
