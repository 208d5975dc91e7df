"""``manage.py watchlists``: list, show and refresh watch-lists."""

import sys
from argparse import RawDescriptionHelpFormatter
from io import StringIO
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from apps.common import formats
from apps.common.errors import CashUpError
from apps.common.jobs.runner import run as run_job
from apps.common.models.jobs import JobStatus
from apps.markets import selectors
from apps.markets.models import WatchList, WatchListEntry
from apps.markets.services import watch_lists

_WIDTH = 120  # also where the output is no terminal
_EXAMPLES = """\
  watchlists list --user ada
  watchlists show "Most traded on the simulator"
  watchlists show 3 --user ada --all
  watchlists refresh 3 --user ada
"""


class Command(BaseCommand):
    help = f"List, show and refresh watch-lists.\n\n{_EXAMPLES}"

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        _for_whom(verbs.add_parser("list", help="the lists this person sees"))
        show = _named(verbs.add_parser("show", help="members, and why they are in"))
        show.add_argument(
            "--all", action="store_true", help="those that are out, too, and why"
        )
        _named(verbs.add_parser("refresh", help="ask the exchange and judge now"))

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            getattr(self, f"_{verb}")(options, _person(options["user"]))
        except CashUpError as error:
            raise CommandError(str(error)) from None

    def _list(self, _options: dict[str, Any], user: Any) -> None:
        table = _table("id", "name", "owner", "exchange", "chosen", "members")
        for heading in ("last refresh", "next", "error"):
            table.add_column(heading)
        for row in selectors.watch_lists_of(user).with_names():
            table.add_row(*_row(row))
        self._print(table)

    def _show(self, options: dict[str, Any], user: Any) -> None:
        found = selectors.find_watch_list(options["watch_list"], user=user)
        entries = found.entries.with_instrument().best_first()
        if not options["all"]:
            entries = entries.members()
        table = _table("rank", "instrument", "in")
        for heading in ("volume", "spread bps", "age d", "volatility %", "change %"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("why")
        for entry in entries:
            table.add_row(*_entry(entry))
        self.stdout.write(f"{found.name} · {found.exchange} · {_age(found)}")
        self._print(table)

    def _refresh(self, options: dict[str, Any], user: Any) -> None:
        found = selectors.find_watch_list(options["watch_list"], user=user)
        own = WatchList.objects.editable_by(user) if user else WatchList.objects.all()
        if not own.filter(pk=found.pk).exists():
            raise CommandError(f"{found.name} is shared; {user} may not refresh it")
        job = watch_lists.request_refresh(found, actor=user, is_offered=False)
        run_job(job.pk)
        job.refresh_from_db()
        if job.status != JobStatus.DONE:
            raise CommandError(job.error or f"it was {job.status}")
        count = found.entries.members().count()
        self.stdout.write(f"{found.name}: {count:,} members", self.style.SUCCESS)

    def _print(self, table: Table) -> None:
        text = StringIO()
        width = None if sys.stdout.isatty() else _WIDTH
        Console(width=width, file=text).print(table)
        self.stdout.write(text.getvalue())


def _for_whom(parser: CommandParser) -> CommandParser:
    parser.add_argument(
        "--user", help="whose eyes to see with; without: the shared lists only"
    )
    return parser


def _named(parser: CommandParser) -> CommandParser:
    parser.add_argument("watch_list", help="its number or name")
    return _for_whom(parser)


def _person(username: str | None) -> Any:
    if username is None:
        return None
    people = get_user_model().objects
    person = people.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"there is no active person {username!r}")
    return person


def _table(*headings: str) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading, no_wrap=heading != "name")
    return table


def _row(row: WatchList) -> tuple[str, ...]:
    return (
        str(row.pk),
        escape(row.name),
        str(row.owner or "shared"),
        row.exchange.code,
        row.selection,
        formats.count(row.member_count),  # type: ignore[attr-defined]  # annotated
        formats.moment(row.refreshed_at),
        formats.moment(row.due_at),
        escape(row.refresh_error),
    )


def _entry(entry: WatchListEntry) -> tuple[str, ...]:
    return (
        str(entry.rank or "-"),
        entry.instrument.symbol,
        "in" if entry.is_in else "out",
        formats.short(entry.volume),
        formats.fixed(entry.spread_bps),
        formats.fixed(entry.age_days, digits=0),
        formats.fixed(entry.volatility_pct),
        formats.fixed(entry.change_pct, signed=True),
        escape(entry.reason_text),
    )


def _age(found: WatchList) -> str:
    if found.refresh_error:
        shown = formats.moment(found.refreshed_at)
        return f"as of {shown} UTC; not refreshed since: {found.refresh_error}"
    return f"as of {formats.moment(found.refreshed_at or found.changed_at)} UTC"
