"""``manage.py simulator``: run an exchange that speaks Gate.io's protocol."""

import asyncio
import secrets
import signal
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common import heartbeats
from apps.common.errors import CashUpError, InvalidInput
from apps.common.money import decimal
from apps.markets import selectors
from apps.markets.back_room import KIND
from apps.markets.candles.files import reading
from apps.markets.candles.store import read_bars
from apps.markets.simulator.core.errors import CoreError
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.replay import holds_trades, read_trades
from apps.markets.simulator.web.launch import Plan, Recording, account_of, running

_EXAMPLES = """\
  simulator --port 9550 --data var/simulator --account KEY:SECRET:USDT=10000,BTC=1
  simulator --source replay --replay BTC_USDT=prices.parquet --speed 1000
  simulator --source replay --replay "BTC_USDT=binance BTC/USDT 1h" --tick 0.1
  simulator --source mirror --mirror BTC_USDT:0.1:0.000001   (fed at POST /sim/mirror)
  simulator --speed 0      (stepped: POST /sim/clock moves it)
"""


class Command(BaseCommand):
    help = f"Run an exchange that speaks Gate.io's protocol.\n\n{_EXAMPLES}"

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--port", type=int, default=0, help="on loopback; 0 takes a free one")
        add("--data", type=Path, help="folder of the journal; without: nothing is kept")
        add("--source", choices=("random", "replay", "mirror"), default="random")
        add("--seed", type=int, default=1, help="the same seed, the same market")
        add("--speed", type=float, default=1.0, help="1 is real time, 0 is stepped")
        add(
            "--account",
            action="append",
            default=[],
            metavar="KEY:SECRET:USDT=10000,BTC=1",
            help="an account with its key and first deposits; may be repeated",
        )
        add(
            "--replay",
            action="append",
            default=[],
            metavar="BTC_USDT=FILE or SERIES",
            help='a file of candles or trades, or stored candles "binance BTC/USDT 1h"',
        )
        add("--tick", type=_step, default="0.01", help="of a replay")
        add("--lot", type=_step, default="0.00001", help="of a replay")
        add(
            "--limit-fill",
            choices=("through", "touch"),
            default="through",
            help="when a replay fills a waiting limit order",
        )
        add(
            "--mirror",
            action="append",
            type=_mirrored,
            metavar="BTC_USDT:TICK:LOT",
            help="what a mirror shows, with its steps; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(self._run(_plan(options)))
        except (CashUpError, CoreError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    async def _run(self, plan: Plan) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        async with running(plan) as simulator:
            self.stdout.write(f"REST {simulator.rest_url}")
            self.stdout.write(f"WebSocket {simulator.ws_url}")
            self.stdout.write(f"{simulator.sim_url} with X-Sim-Token {plan.token}")
            self.stdout.flush()
            # The desk's page finds it by its heartbeat.
            heart = heartbeats.start(KIND, url=simulator.url)
            await stopped.wait()
            await asyncio.to_thread(heart.stop)


def _plan(options: dict[str, Any]) -> Plan:
    if options["source"] == "replay" and not options["replay"]:
        raise CommandError("--source replay needs --replay BTC_USDT=prices.parquet")
    return Plan(
        port=options["port"],
        folder=options["data"],
        source=options["source"],
        seed=options["seed"],
        speed=options["speed"],
        accounts=[account_of(text) for text in options["account"]],
        recordings=[_recording(text, options) for text in options["replay"]],
        limit_fill=options["limit_fill"],
        mirrored=dict(options["mirror"] or ()),
        token=getattr(settings, "SIMULATOR_TOKEN", "") or secrets.token_urlsafe(24),
    )


def _recording(text: str, options: dict[str, Any]) -> Recording:
    name, _, source = text.partition("=")
    if name.count("_") != 1 or not source:
        raise CommandError(f"{text} is not BTC_USDT=FILE")
    grid = Grid(options["tick"], options["lot"])
    path = Path(source)
    if path.is_file():
        if holds_trades(path):
            return Recording(name, read_trades(path, grid), grid)
        return Recording(name, reading.read_file(path).bars, grid)
    parts = source.split()
    if len(parts) != 3:
        raise CommandError(f'{source} is no file and no series "binance BTC/USDT 1h"')
    exchange, symbol, timeframe = parts
    series = selectors.find_series(
        exchange=exchange, symbol=symbol, timeframe=timeframe
    )
    return Recording(name, read_bars(series), grid)


def _step(text: str) -> Decimal:
    """1, 0.1, 0.01 ..: Gate.io has no other steps."""
    try:
        step = decimal(text)
    except InvalidInput as error:
        raise ArgumentTypeError(str(error)) from None
    if not 0 < step <= 1 or step.normalize().as_tuple().digits != (1,):
        raise ArgumentTypeError(f"{text} is none of 1, 0.1, 0.01 ..")
    return step.normalize()


def _mirrored(text: str) -> tuple[str, Grid]:
    parts = text.split(":")
    if len(parts) != 3 or parts[0].count("_") != 1:
        raise ArgumentTypeError(f"{text} is not BTC_USDT:0.1:0.000001")
    return parts[0], Grid(_step(parts[1]), _step(parts[2]))
