"""Run a backtest here and now, on stored candles or on a file."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.errors import CashUpError
from apps.common.management.progress import Progress
from apps.strategies.management.output import table
from apps.strategies.management.runs import run_on_file, run_on_series


class Command(BaseCommand):
    # A test on a file needs neither addresses nor a database.
    requires_system_checks = []
    help = "Backtest a strategy; see `manage.py strategies list` for their names."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("strategy")
        parser.add_argument(
            "--data", type=Path, help="a .parquet or .csv file of candles"
        )
        parser.add_argument("--exchange", help="where several have the instrument")
        parser.add_argument("--instrument", help="BTC/USDT, from the stored candles")
        parser.add_argument("--timeframe", help="1h, 5m, ...")
        parser.add_argument("--from", dest="start", type=_moment, help="2024-01-31")
        parser.add_argument("--to", dest="end", type=_moment, help="not included")
        parser.add_argument(
            "--set",
            dest="parameters",
            action="append",
            default=[],
            metavar="NAME=VALUE",
        )
        parser.add_argument(
            "--option",
            dest="options",
            action="append",
            default=[],
            metavar="NAME=VALUE",
        )
        parser.add_argument(
            "--json", action="store_true", help="the whole result as JSON"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = {
            "parameters": _pairs("--set", options.pop("parameters")),
            "options": _pairs("--option", options.pop("options")),
        }
        run = run_on_file if options["data"] else run_on_series
        progress = Progress(is_quiet=options["json"] or not sys.stderr.isatty())
        try:
            with progress:
                answer = run(**{**options, **chosen}, progress=progress)
        except CashUpError as error:
            raise CommandError(_named(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(answer, allow_nan=False))
        else:
            table(answer, self.stdout)


def _named(error: CashUpError) -> str:
    text = str(error)
    named = error.field and not text.startswith(error.field)
    return f"{error.field}: {text}" if named else text


def _pairs(flag: str, texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for name, sign, _ in pairs:
        if not name or not sign:
            raise CommandError(f"{flag} {name}: write it as NAME=VALUE")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
