"""The whole desk in one process."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.services import create_first_administrator
from apps.common.memory import share_arenas
from apps.strategies.demo import request_demo
from cashup.serve.desk import Desk


class Command(BaseCommand):
    help = "Run the whole desk in one process: web, WebSockets, worker and schedules."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="start empty")
        parser.add_argument(
            "--reload", action="store_true", help="start again when the source changes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "CELERY_BROKER_URL names a server. Run web, worker and beat as "
                "processes of their own (see docs/operations.md), or unset it."
            )
        share_arenas()
        call_command("migrate", verbosity=0, interactive=False)
        self._welcome(**options)
        desk = Desk(
            host=options["host"],
            port=options["port"],
            manage=Path(sys.argv[0]),
            is_reloading=options["reload"],
            # The demo's market is the simulator's: nothing to ask for before it runs.
            on_exchange=_nothing if options["no_demo"] else request_demo,
        )
        desk.run()
        if desk.has_changed:
            # The same process, from its beginning: nothing of the old source stays.
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606

    def _welcome(self, *, host: str, port: int, **_: Any) -> None:
        lines = [f"CashUp is starting on http://{_shown(host)}:{port}/"]
        if password := create_first_administrator():
            lines += [
                "First administrator: admin",
                f"One-time password:   {password}",
                "It is shown only now; the first login asks for one of your own.",
            ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _nothing() -> None:
    """An empty desk."""


def _shown(host: str) -> str:
    # localhost and not the number: passkeys and some cookies want a name.
    return "localhost" if host in {"127.0.0.1", "0.0.0.0"} else host  # noqa: S104
