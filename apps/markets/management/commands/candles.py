"""``manage.py candles``: download, import, list, export and delete candle series."""

import sys
from argparse import RawDescriptionHelpFormatter
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import ProtectedError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from apps.common import clock
from apps.common.errors import CashUpError, InvalidInput
from apps.common.management.progress import Progress
from apps.markets import selectors, services
from apps.markets.candles.merge import Mode
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.management import downloads
from apps.markets.models import Series

_WIDTH = 120  # also where the output is no terminal
_EXAMPLES = """\
  candles import BINANCE_BTC-USDT_1h.parquet
  candles import prices.csv --exchange binance --symbol BTC/USDT --timeframe 1h
  candles download gate BTC/USDT ETH/USDT --timeframe 1m --from 2026-01-01
  candles top-up gate BTC/USDT --timeframe 1h --every 3600
  candles top-up
  candles list
  candles export "binance BTC/USDT 1h" btc.parquet
  candles delete "binance BTC/USDT 1h"
"""


class Command(BaseCommand):
    help = f"Download, import, list, export and delete candles.\n\n{_EXAMPLES}"

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        downloads.add_download(
            verbs.add_parser("download", help="fetch history from an exchange")
        )
        downloads.add_top_up(
            verbs.add_parser("top-up", help="keep series up to date; alone: do it now")
        )
        _add_import(verbs.add_parser("import", help="store a Parquet or CSV file"))
        verbs.add_parser("list", help="show the stored series")
        export = verbs.add_parser("export", help="write a series to a Parquet file")
        export.add_argument("series", help='such as "binance BTC/USDT 1h"')
        export.add_argument("file", type=Path)
        delete = verbs.add_parser("delete", help="remove a series with its candles")
        delete.add_argument("series", help='such as "binance BTC/USDT 1h"')

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            getattr(self, f"_{verb.replace('-', '_')}")(options)
        except CashUpError as error:
            raise CommandError(str(error)) from None

    def _download(self, options: dict[str, Any]) -> None:
        with Progress(is_quiet=not sys.stderr.isatty()) as progress:
            for line in downloads.download(options, progress):
                self.stdout.write(line)

    def _top_up(self, options: dict[str, Any]) -> None:
        for line in downloads.top_up(options):
            self.stdout.write(line)

    def _import(self, options: dict[str, Any]) -> None:
        file: Path = options["file"]
        named = {name: options[name] for name in ("exchange", "symbol", "timeframe")}
        try:
            done = services.import_file(file, mode=Mode(options["mode"]), **named)
        except InvalidInput as error:
            named_already = str(error).startswith(file.name)
            prefix = "" if named_already else f"{file.name}: "
            raise CommandError(f"{prefix}{error}") from None
        bars, series = done.file.bars, done.series
        self.stdout.write(
            f"{series.label}: imported {len(bars):,} candles, "
            f"{_moment(int(bars.time_ms[0]))} to {_moment(int(bars.time_ms[-1]))}\n"
            f"times read as {done.file.time_form}; {done.file.missing_count:,} candles "
            f"missing in the file\n"
            f"the series now has {series.bar_count:,} candles "
            f"({done.written.added_count:+,}), {series.missing_count:,} missing",
            self.style.SUCCESS,
        )

    def _list(self, _options: dict[str, Any]) -> None:
        table = Table(box=SIMPLE_HEAD)
        for heading in ("series", "first", "last", "candles", "missing", "note"):
            table.add_column(heading, no_wrap=True)
        for series in Series.objects.with_market():
            table.add_row(*_row(series))
        text = StringIO()
        Console(width=_WIDTH, file=text).print(table)
        self.stdout.write(text.getvalue())

    def _export(self, options: dict[str, Any]) -> None:
        series = _named(options["series"])
        count = services.export_series(series, options["file"])
        name = options["file"].name
        self.stdout.write(f"{series.label}: {count:,} candles in {name}")

    def _delete(self, options: dict[str, Any]) -> None:
        series = _named(options["series"])
        label, count = series.label, series.bar_count
        try:
            services.delete_series(series)
        except ProtectedError:
            raise CommandError(f"{label} is in use and cannot be deleted") from None
        self.stdout.write(f"{label}: deleted {count:,} candles")


def _add_import(parser: CommandParser) -> None:
    parser.add_argument("file", type=Path, help=".parquet or .csv")
    parser.add_argument("--exchange", help="its code, such as binance")
    parser.add_argument("--symbol", help="such as BTC/USDT")
    parser.add_argument("--timeframe", help=f"one of {', '.join(TIMEFRAMES)}")
    parser.add_argument(
        "--mode",
        choices=[mode.value for mode in Mode],
        default=Mode.MERGE.value,
        help="where a candle is there already: merge takes the new one, fill keeps "
        "the old one, replace throws the whole series away first",
    )


def _named(text: str) -> Series:
    """The series of ``binance BTC/USDT 1h``. Raises InvalidInput or NotFound."""
    parts = text.split()
    if len(parts) != 3:
        raise InvalidInput(
            f'{text!r} is no series; write it as "binance BTC/USDT 1h"', field="series"
        )
    exchange, symbol, timeframe = parts
    return selectors.find_series(exchange=exchange, symbol=symbol, timeframe=timeframe)


def _row(series: Series) -> tuple[str, ...]:
    return (
        series.label,
        _day(series.first_ms),
        _day(series.last_ms),
        f"{series.bar_count:,}",
        f"{series.missing_count:,}",
        series.note or ("synthetic" if series.is_synthetic else ""),
    )


def _day(time_ms: int | None) -> str:
    return f"{clock.from_ms(time_ms):%Y-%m-%d}" if time_ms is not None else "-"


def _moment(time_ms: int) -> str:
    return f"{clock.from_ms(time_ms):%Y-%m-%d %H:%M}"
