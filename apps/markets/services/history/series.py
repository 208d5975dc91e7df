"""The series a download fills, marked as what its exchange is."""

import re
from decimal import Decimal
from typing import Final

from apps.common.errors import CashUpError
from apps.markets import back_room
from apps.markets.models import (
    SEEDED_NOTE,
    DownloadItem,
    Exchange,
    Instrument,
    InstrumentKind,
    Series,
)

_SEED: Final = re.compile(r"seed (\d+)")


def series_of(item: DownloadItem) -> Series:
    """The series, made when it is not there."""
    instrument = item.instrument
    series = Series.objects.filter(
        instrument=instrument, timeframe=item.timeframe
    ).first()
    if series is None:
        series, _made = Series.objects.get_or_create(
            instrument=instrument,
            timeframe=item.timeframe,
            defaults={
                "is_synthetic": instrument.exchange.is_synthetic,
                "note": _note(instrument.exchange),
            },
        )
    series.instrument = instrument
    return series


def contract_size(instrument: Instrument) -> Decimal:
    """Quantities of perpetuals come in contracts, and are kept in base units."""
    if instrument.kind != InstrumentKind.PERPETUAL:
        return Decimal(1)
    return instrument.contract_size or Decimal(1)


def _note(exchange: Exchange) -> str:
    """The seed of a random market, so that its prices can be made again."""
    if not exchange.is_synthetic or exchange.rest_url:
        return ""
    try:
        found = _SEED.search(str(back_room.state().get("source")))
    except CashUpError:
        return ""
    return SEEDED_NOTE % {"seed": found[1]} if found else ""
