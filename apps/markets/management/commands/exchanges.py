"""``manage.py exchanges``: add, change, check, synchronise and list exchanges."""

from argparse import ArgumentParser, BooleanOptionalAction, RawDescriptionHelpFormatter
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from apps.common.errors import CashUpError, NotFound
from apps.markets.models import Exchange
from apps.markets.selectors.exchanges import clock_sentence, health
from apps.markets.services import exchanges
from apps.markets.services.instruments import Synced, sync_instruments

_WIDTH = 120  # also where the output is no terminal
_EXAMPLES = """\
  exchanges list
  exchanges add gate
  exchanges add sandbox --api gate --rest-url http://127.0.0.1:8471 --simulator
  exchanges change gate --no-enabled
  exchanges check gate
  exchanges sync gate
"""
_SETTINGS = {
    "api": "ccxt_id",
    "name": "name",
    "rest_url": "rest_url",
    "ws_url": "ws_url",
    "simulator": "is_simulator",
    "enabled": "is_enabled",
}


class Command(BaseCommand):
    help = f"Add, change, check, synchronise and list exchanges.\n\n{_EXAMPLES}"

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="show each exchange and how it is")
        add = verbs.add_parser("add", help="connect an exchange")
        change = verbs.add_parser("change", help="change its settings")
        for verb in (add, change):
            verb.add_argument("code", help="its name here, such as gate")
            _add_settings(verb)
        check = verbs.add_parser("check", help="ask it for its time now")
        check.add_argument("code")
        sync = verbs.add_parser("sync", help="synchronise its instruments now")
        sync.add_argument("code")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            getattr(self, f"_{verb}")(options)
        except CashUpError as error:
            where = f"{error.field}: " if error.field else ""
            raise CommandError(f"{where}{error}") from None

    def _list(self, _options: dict[str, Any]) -> None:
        table = Table(box=SIMPLE_HEAD)
        for heading in ("code", "API", "state", "clock", "round trip", "instruments"):
            table.add_column(heading, no_wrap=True)
        for exchange in Exchange.objects.annotate(count=Count("instruments")):
            table.add_row(*_row(exchange))
        text = StringIO()
        Console(width=_WIDTH, file=text).print(table)
        self.stdout.write(text.getvalue())

    def _add(self, options: dict[str, Any]) -> None:
        made = exchanges.add_exchange(code=options["code"], **_given(options))
        self.stdout.write(f"{made.code}: added", self.style.SUCCESS)

    def _change(self, options: dict[str, Any]) -> None:
        exchanges.change_exchange(_named(options["code"]), **_given(options))
        self.stdout.write(f"{options['code']}: changed", self.style.SUCCESS)

    def _check(self, options: dict[str, Any]) -> None:
        exchange = _named(options["code"])
        exchanges.check_exchange(exchange)
        exchange.refresh_from_db()
        seen = health(exchange)
        style = self.style.SUCCESS if seen.level == "good" else self.style.WARNING
        self.stdout.write(f"{exchange.code}: {seen.word}. {seen.sentence}", style)

    def _sync(self, options: dict[str, Any]) -> None:
        exchange = _named(options["code"])
        done = sync_instruments(exchange, report=self._report)
        self.stdout.write(f"{exchange.code}: {_said(done)}", self.style.SUCCESS)
        for row in done.examples:
            text = f"  refused {row['field']}: {row['rule']} ({row['given']})"
            self.stdout.write(text, self.style.WARNING)

    def _report(self, done: int, total: int, stage: str) -> None:
        if total:
            self.stdout.write(f"{done:,} of {total:,}")


def _add_settings(parser: ArgumentParser) -> None:
    parser.add_argument("--api", help="the exchange as ccxt knows it; usually the code")
    parser.add_argument("--name", help="for people")
    parser.add_argument("--rest-url", help="instead of the exchange's own")
    parser.add_argument("--ws-url", help="instead of the exchange's own")
    parser.add_argument(
        "--simulator", action=BooleanOptionalAction, help="it runs on this machine"
    )
    parser.add_argument(
        "--enabled", action=BooleanOptionalAction, help="check and synchronise it"
    )


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Only what was said: the rest keeps its value or its default."""
    return {
        field: options[option]
        for option, field in _SETTINGS.items()
        if options[option] is not None
    }


def _named(code: str) -> Exchange:
    found: Exchange | None = Exchange.objects.filter(code=code.lower()).first()
    if found is not None:
        return found
    known = ", ".join(Exchange.objects.values_list("code", flat=True)) or "-"
    raise NotFound(f"there is no exchange {code!r}; there are: {known}")


def _said(done: Synced) -> str:
    """``3 on the list, 1 new, 1 halted``: zeros are left out."""
    words = {
        "listed": "new",
        "changed": "changed",
        "renamed": "renamed",
        "halted": "halted",
        "resumed": "resumed",
        "delisted": "delisted",
        "withheld": "missing and not believed yet",
        "kept_names": "kept their old name",
        "refused": "refused",
    }
    told = [f"{getattr(done, n):,} {w}" for n, w in words.items() if getattr(done, n)]
    return ", ".join([f"{done.total:,} on the list", *told])


def _row(exchange: Exchange) -> tuple[str, ...]:
    trip = exchange.round_trip_ms
    return (
        exchange.code,
        exchange.spoken if exchange.has_address else "-",
        health(exchange).word if exchange.is_enabled else "disabled",
        clock_sentence(exchange) or "-",
        "-" if trip is None else f"{trip:,} ms",
        f"{exchange.count:,}",  # type: ignore[attr-defined]
    )
