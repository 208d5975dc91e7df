"""Keep the message catalogues complete."""

from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cashup.catalogues.finding import catalogue_paths, found


class Command(BaseCommand):
    requires_system_checks = []
    help = "Update, check or compile the message catalogues of every language."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--update", action="store_true", help="add new strings")
        what.add_argument("--check", action="store_true", help="fail on a missing one")
        what.add_argument("--compile", action="store_true", help="write the .mo files")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in catalogue_paths():
            catalog = _read(path)
            if options["compile"]:
                with path.with_suffix(".mo").open("wb") as file:
                    write_mo(file, catalog)
            elif options["update"]:
                catalog.update(found(path.stem), no_fuzzy_matching=True)
                catalog.obsolete.clear()
                with path.open("wb") as file:
                    write_po(
                        file, catalog, width=88, sort_output=True, no_location=True
                    )
            else:
                _refuse_untranslated(path, catalog)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, domain=path.stem)


def _refuse_untranslated(path: Path, catalog: Catalog) -> None:
    missing = [
        message.id
        for message in found(path.stem)
        if message.id and not _is_translated(catalog.get(message.id, message.context))
    ]
    if missing:
        shown = "\n".join(f"  {message!r}" for message in missing[:40])
        raise CommandError(
            f"{path.name} of {path.parent.parent.name} lacks {len(missing)} strings "
            f"(add them with --update, then translate):\n{shown}"
        )


def _is_translated(message: Message | None) -> bool:
    if message is None:
        return False
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(texts) and not message.fuzzy
