"""``manage.py strategies list`` and ``manage.py strategies new NAME``."""

from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from apps.common.errors import CashUpError
from apps.strategies.registry import Entry, discover, write_starter


class Command(BaseCommand):
    help = _("List the strategies, or begin a new one.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help=_("what there is, and which files have errors"))
        new = actions.add_parser("new", help=_("write a commented starter"))
        new.add_argument("name", help=_("in small letters, such as my_idea"))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "new":
            self.begin(options["name"])
        else:
            console = Console(file=cast(IO[str], self.stdout))
            console.print(table(discover(settings.STRATEGY_FOLDERS)))

    def begin(self, name: str) -> None:
        try:
            file = write_starter(name, settings.STRATEGY_FOLDERS[0])
        except CashUpError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(_("Written: %(file)s") % {"file": file})


def table(entries: list[Entry]) -> Table:
    last = _("What it does, or its error")
    shown = Table(_("Strategy"), _("Source"), _("Version"), last)
    for entry in entries:
        text = str(entry.error or entry.description.partition("\n")[0])
        source = entry.package or entry.source.value
        shown.add_row(entry.name, source, entry.source_hash[:12], escape(text))
    return shown
