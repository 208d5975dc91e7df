"""``manage.py feeds``: carry live prices, see how they do, restart one."""

import asyncio
import json
import os
import signal
import sys
import threading
from argparse import RawDescriptionHelpFormatter
from typing import Any, TextIO

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from apps.common import clock, heartbeats
from apps.common.identity import process_name
from apps.common.live.publish import set_main_loop, set_relay
from apps.markets.models import FeedChannel, FeedProcess
from apps.markets.services.feeds import restart_channel
from apps.markets.services.feeds.running import FeedRunner

_EXAMPLES = """\
  feeds                    carry prices until Ctrl-C; any number of processes share
  feeds list               each process and channel: state, lag, last message
  feeds restart 12         connect channel 12 of the list anew
"""
KIND = "feeds"


class Command(BaseCommand):
    help = f"Live prices from the exchanges' streams.\n\n{_EXAMPLES}"

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "action", nargs="?", choices=("run", "list", "restart"), default="run"
        )
        parser.add_argument("channel", nargs="?", type=int, help="a number of the list")
        parser.add_argument(
            "--for-desk",
            action="store_true",
            help="as the child of manage.py serve, which starts it by itself",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        match options["action"]:
            case "list":
                self._list()
            case "restart":
                self._restart(options["channel"])
            case _ if options["for_desk"]:
                self._run_for_desk()
            case _:
                if settings.EMBEDDED:
                    # Nobody works on this process's queue in memory; the desk's beat
                    # finds what is to be done within seconds.
                    current_app.send_task = _leave_it  # type: ignore[assignment]
                asyncio.run(_carried(is_alone=True))

    def _list(self) -> None:
        now = clock.now()
        for process in FeedProcess.objects.all():
            word = "" if process.is_alive(now) else "  (gone)"
            self.stdout.write(
                f"{process.name}{word}  {process.channel_count} channels  "
                f"{process.rate:g}/s  loop {process.loop_lag_ms:g} ms  "
                f"{process.rss_mb or 0:g} MB"
            )
        rows = FeedChannel.objects.select_related("instrument__exchange", "process")
        for row in rows:
            last = row.last_message_at
            ago = f"{(now - last).total_seconds():.0f} s ago" if last else "never"
            self.stdout.write(
                f"{row.pk:>6}  {row}  {row.state}  {ago}  lag {row.lag_ms or 0:g} ms  "
                f"{row.rate:g}/s  reconnects {row.reconnect_count}  "
                f"gaps {row.gap_count}  refused {row.refused_count}"
            )

    def _restart(self, number: int | None) -> None:
        row = FeedChannel.objects.filter(pk=number or 0).first()
        if row is None:
            raise CommandError(f"There is no channel {number}; see: feeds list")
        restart_channel(row)
        self.stdout.write(f"{row} begins anew within seconds.")

    def _run_for_desk(self) -> None:
        """Everything to be told goes up as lines of JSON; the end of input ends it."""
        if sys.stdin.isatty():
            raise CommandError("Run manage.py serve: it starts this when it needs it.")
        # Ctrl-C reaches every process of the terminal; the desk says when to end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with os.fdopen(os.dup(1), "w", buffering=1) as up:
            os.dup2(2, 1)  # what a library prints must not be taken for a message
            say = Upwards(up)
            set_relay(lambda topic, data: say(topic=topic, data=data))
            # No worker listens to this process's queue in memory: the desk's does.
            current_app.send_task = say.task  # type: ignore[method-assign, assignment]
            asyncio.run(_carried(is_alone=False))


def _leave_it(*args: Any, **kwargs: Any) -> None:
    """In the place of ``send_task``."""


class Upwards:
    """Lines of JSON to the desk; from any thread."""

    def __init__(self, up: TextIO) -> None:
        self._up, self._lock = up, threading.Lock()

    def __call__(self, **message: Any) -> None:
        line = json.dumps(message, cls=DjangoJSONEncoder)
        with self._lock:
            try:
                self._up.write(f"{line}\n")
            except (BrokenPipeError, ValueError):
                return  # the desk is gone; the end of the input says so as well

    def task(
        self, task: str, args: Any = (), queue: str | None = None, **_: Any
    ) -> None:
        self(task=task, args=list(args), queue=queue)


async def _carried(*, is_alone: bool) -> None:
    """Run the feeds until a signal, or until the desk closes our input."""
    process_name()  # made up before there are threads that might make up others
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    if is_alone:
        set_main_loop(loop)  # Redis connections of this loop stay open
        loop.add_signal_handler(signal.SIGINT, stopped.set)
    else:
        reader = threading.Thread(
            target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(stopped.set)),
            daemon=True,
        )
        reader.start()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    heart = await asyncio.to_thread(heartbeats.start, KIND)
    try:
        await FeedRunner(watches_pages=is_alone).run(stopped)
    finally:
        await asyncio.to_thread(heart.stop)
        set_main_loop(None)
