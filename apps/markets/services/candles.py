"""Import, export and delete candles."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from django.db import transaction
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.markets.candles import store
from apps.markets.candles.files import (
    CandleFile,
    Source,
    parse_file_name,
    read_file,
    write_parquet,
)
from apps.markets.candles.merge import Mode
from apps.markets.candles.timeframes import timeframe_ms
from apps.markets.models import Exchange, Instrument, InstrumentKind, Series

logger = logging.getLogger(__name__)

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SYMBOL = re.compile(r"([A-Z0-9]{1,30})/([A-Z0-9]{1,28})")
# Markets whose instruments are perpetuals although their symbols do not say so.
_PERPETUAL_EXCHANGES = {"binanceusdm", "binancecoinm"}


@dataclass(frozen=True, slots=True)
class Imported:
    series: Series
    file: CandleFile
    written: store.Written


@dataclass(frozen=True, slots=True)
class _Target:
    exchange: str
    symbol: str
    timeframe: str | None


def import_file(
    source: Source,
    *,
    name: str | None = None,
    exchange: str | None = None,
    symbol: str | None = None,
    timeframe: str | None = None,
    mode: Mode = Mode.MERGE,
) -> Imported:
    """Store the candles of a Parquet or CSV file.

    What is not given is taken from a file name such as
    ``BINANCE_BTC-USDT_1h.parquet``; the timeframe, failing that, from the candles.
    Raises InvalidInput naming the field or the column and row, and ImportRunning
    while the series is being written; nothing is stored then.
    """
    name = name or str(source)
    target = _target(source, name, exchange, symbol, timeframe)
    step = target.timeframe or _read(source, name, None).bars.timeframe
    with store.writing(target.exchange, target.symbol, step) as lease:
        file = _read(source, name, step)
        stored = Series.objects.named(target.exchange, target.symbol, step).first()
        chunks = store.prepared(lease, stored, file.bars, mode)
        # The series appears together with its candles, or not at all.
        with transaction.atomic():
            series = ensure_series(target.exchange, target.symbol, step)
            written = store.commit(lease, series, chunks, mode)
    logger.info(
        "candles.imported",
        extra={"series": series.label, "bar_count": len(file.bars)},
    )
    return Imported(series, file, written)


def ensure_series(exchange: str, symbol: str, timeframe: str) -> Series:
    """The series, made with its exchange and instrument where they are missing."""
    instrument = ensure_instrument(exchange, symbol)
    series, _made = Series.objects.get_or_create(
        instrument=instrument, timeframe=timeframe
    )
    series.instrument = instrument
    return series


def ensure_instrument(exchange: str, symbol: str) -> Instrument:
    venue, _made = Exchange.objects.get_or_create(
        code=exchange, defaults={"name": exchange.upper(), "is_enabled": False}
    )
    base, quote = symbol.split("/")
    perpetual = exchange in _PERPETUAL_EXCHANGES or quote == "PERP"
    kind = InstrumentKind.PERPETUAL if perpetual else InstrumentKind.SPOT
    instrument, _made = Instrument.objects.get_or_create(
        exchange=venue,
        symbol=symbol,
        defaults={"base": base, "quote": quote, "kind": kind},
    )
    instrument.exchange = venue
    return instrument


def export_series(series: Series, path: Path) -> int:
    """Write a Parquet file; returns the number of candles. Raises InvalidInput."""
    if path.suffix.lower() != ".parquet":
        raise InvalidInput(
            _("%(name)s must end in .parquet.") % {"name": path.name}, field="file"
        )
    bars = store.read_bars(series)
    try:
        write_parquet(bars, path)
    except OSError as error:
        raise InvalidInput(
            _("%(name)s cannot be written: %(why)s.")
            % {"name": path.name, "why": error.strerror or "I/O error"},
            field="file",
        ) from None
    return len(bars)


def delete_series(series: Series) -> None:
    """Remove a series with its candles. Raises ImportRunning; ProtectedError in use."""
    instrument = series.instrument
    with (
        store.writing(instrument.exchange.code, instrument.symbol, series.timeframe),
        transaction.atomic(),
    ):
        # Without this the cascade would load every blob before deleting it.
        series.chunks.all()._raw_delete(series.chunks.db)
        series.delete()
    logger.info("candles.deleted", extra={"series": series.label})


def _read(source: Source, name: str, timeframe: str | None) -> CandleFile:
    if not isinstance(source, Path):
        source.seek(0)
    return read_file(source, name=name, timeframe=timeframe)


def _target(
    source: Source,
    name: str,
    exchange: str | None,
    symbol: str | None,
    timeframe: str | None,
) -> _Target:
    said = parse_file_name(name)
    exchange = exchange or (said.exchange if said else None)
    symbol = symbol or (said.symbol if said else None)
    timeframe = timeframe or (said.timeframe if said else None)
    if timeframe:
        timeframe_ms(timeframe)
    if not exchange or not symbol:
        # What is wrong with the file itself is told first.
        _read(source, name, timeframe)
        raise _unnamed("exchange" if not exchange else "symbol", name)
    return _Target(_exchange_code(exchange), _symbol(symbol), timeframe)


def _unnamed(field: str, name: str) -> InvalidInput:
    return InvalidInput(
        _(
            "Say the %(field)s: the name %(name)s does not, as "
            "BINANCE_BTC-USDT_1h.parquet would."
        )
        % {"field": field, "name": PurePath(name).name},
        field=field,
    )


def _exchange_code(given: str) -> str:
    code = given.strip().lower()
    if not _CODE.fullmatch(code):
        raise InvalidInput(
            _("%(given)s is no exchange code: letters, digits, - and _, at most 40.")
            % {"given": repr(given[:60])},
            field="exchange",
        )
    return code


def _symbol(given: str) -> str:
    symbol = given.strip().upper().replace("-", "/")
    if not _SYMBOL.fullmatch(symbol):
        raise InvalidInput(
            _("%(given)s is no symbol such as BTC/USDT.") % {"given": repr(given[:60])},
            field="symbol",
        )
    return symbol
