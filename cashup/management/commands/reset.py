"""Back to an empty desk."""

import shutil
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from cashup.settings.environment import VAR_DIR


class Command(BaseCommand):
    help = "Delete the embedded database, candle cache and reports; secrets stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError(
                "only the embedded database is reset; drop yours by hand"
            )
        database = settings.DATABASES["default"]["NAME"]
        if not options["yes"] and input(f"Delete {database}? [y/N] ") != "y":
            raise CommandError("nothing was deleted")
        connection.close()
        for file in VAR_DIR.glob("cashup.sqlite3*"):
            file.unlink()
        for folder in (settings.MEDIA_ROOT, settings.CANDLE_CACHE_DIR):
            shutil.rmtree(folder, ignore_errors=True)
        self.stdout.write("Deleted. The next start makes a new desk.")
