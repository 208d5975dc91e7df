"""Opening a file: its bytes become one Arrow array per candle column."""

from pathlib import Path, PurePath
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.markets.candles.codec import COLUMNS

Source = Path | BinaryIO
Columns = dict[str, "pa.Array[Any]"]

# 19 years of minutes. A small Parquet file can unpack to any size: look first.
MAX_ROWS: Final = 10_000_000
TIME_NAMES = ("timestamp", "time", "date", "datetime", "open_time")


def read_columns(source: Source, name: str) -> Columns:
    """``timestamp`` and the five price columns of a Parquet or CSV file.

    ``name`` decides the format by its ending. Raises InvalidInput for a file that
    cannot be read, lacks a column, names one twice, or has no rows.
    """
    table = _read_table(source, name)
    found = _located(table.column_names)
    if not table.num_rows:
        raise InvalidInput(_("The file has no rows."), field="file")
    return {
        column: table.column(position).combine_chunks()
        for column, position in found.items()
    }


def _read_table(source: Source, name: str) -> pa.Table:
    ending = PurePath(name).suffix.lower()
    reader = {".parquet": _read_parquet, ".csv": _read_csv}.get(ending)
    if reader is None:
        raise InvalidInput(
            _("%(name)s is neither a .parquet nor a .csv file.")
            % {"name": PurePath(name).name},
            field="file",
        )
    try:
        return reader(source)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise InvalidInput(_reason(name, ending, error), field="file") from None


def _reason(name: str, ending: str, error: Exception) -> str:
    shown = PurePath(name).name
    if isinstance(error, FileNotFoundError):
        return _("%(name)s does not exist.") % {"name": shown}
    if isinstance(error, (PermissionError, IsADirectoryError)):
        return _("%(name)s cannot be opened.") % {"name": shown}
    if "Empty CSV" in str(error):
        return _("The file has no rows.")
    # The library's first line says what broke; the rest is its own affair.
    why = (str(error).splitlines() or [type(error).__name__])[0][:200]
    kind = "Parquet" if ending == ".parquet" else "CSV"
    return _("%(name)s cannot be read as %(kind)s: %(why)s") % {
        "name": shown,
        "kind": kind,
        "why": why,
    }


def _read_parquet(source: Source) -> pa.Table:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return _wanted_parquet(file)
    return _wanted_parquet(source)


def _wanted_parquet(file: BinaryIO) -> pa.Table:
    opened = pq.ParquetFile(file)
    if opened.metadata.num_rows > MAX_ROWS:
        raise InvalidInput(
            _("The file has %(count)s rows; at most %(limit)s are read at once.")
            % {"count": opened.metadata.num_rows, "limit": MAX_ROWS},
            field="file",
        )
    names = opened.schema_arrow.names
    # Foreign columns are not read: they may be large, or of types we never need.
    return opened.read(columns=[names[place] for place in _located(names).values()])


def _read_csv(source: Source) -> pa.Table:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return pa_csv.read_csv(file)
    return pa_csv.read_csv(source)


def _canonical(name: str) -> str | None:
    """The column a header stands for; None when we do not use it."""
    plain = name.strip().lower()
    if plain in TIME_NAMES:
        return "timestamp"
    return plain if plain in COLUMNS else None


def _located(headers: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, header in enumerate(headers):
        column = _canonical(header)
        if column in found:
            raise InvalidInput(
                _("Column %(column)s is there twice: %(first)s and %(second)s.")
                % {
                    "column": column,
                    "first": headers[found[column]],
                    "second": header,
                },
                field=column,
            )
        if column:
            found[column] = position
    for column in ("timestamp", *COLUMNS):
        if column not in found:
            raise _missing(column, headers)
    return found


def _missing(column: str, headers: list[str]) -> InvalidInput:
    shown = ", ".join(headers[:12]) or "-"
    return InvalidInput(
        _("Column %(column)s is missing; the file has: %(headers)s.")
        % {"column": column, "headers": shown},
        field=column,
    )
