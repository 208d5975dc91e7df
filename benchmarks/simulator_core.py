"""The simulator's matching engine alone, and its start from a long journal."""

import shutil
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from time import perf_counter, process_time

from apps.markets.simulator.core.clock import VirtualClock
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.instruments import Instrument
from apps.markets.simulator.core.orders import OrderRequest, Side
from apps.markets.simulator.core.quirks import NO_QUIRKS
from apps.markets.simulator.core.venue import JOURNAL, Venue
from benchmarks.table import Row

OPERATIONS = 30_000
ROUNDS = 3  # the best counts: other processes only ever make one slower
GOAL_PER_S = 20_000.0
LINES = 1_000_000
GOAL_START_S = 10.0
BTC = "BTC_USDT"
ACCOUNTS = tuple(f"trader{number}" for number in range(20))


def rows() -> list[Row]:
    rate = max(_operations_per_second() for _ in range(ROUNDS))
    quotes = _quotes_per_second()
    start, cpu = _start_seconds()
    return [
        Row(
            "simulator: order operations",
            rate,
            "1/s",
            GOAL_PER_S,
            ">= 20,000 on one core, journal in memory",
            rate >= GOAL_PER_S,
        ),
        Row(
            "simulator: quotes nobody looks at",
            quotes,
            "1/s",
            None,
            "shown only",
            None,
        ),
        Row(
            "simulator: start from 1,000,000 lines",
            start,
            "s",
            GOAL_START_S,
            f"<= 10 s without a snapshot ({cpu:.1f} s of CPU)",
            start <= GOAL_START_S,
        ),
    ]


def _venue(folder: Path | None = None) -> Venue:
    venue = Venue.open(folder, clock=VirtualClock(1_700_000_000_000), quirks=NO_QUIRKS)
    venue.set_instrument(Instrument(BTC, "BTC", "USDT", 2, 4, min_quote=Decimal(1)))
    for name in ACCOUNTS:
        venue.ensure_account(
            name, deposits={"USDT": Decimal(10**9), "BTC": Decimal(10**6)}
        )
    return venue


def _request(random: Random) -> OrderRequest:
    side: Side = "buy" if random.random() < 0.5 else "sell"
    shift = random.randrange(-40, 5) if side == "buy" else random.randrange(-4, 41)
    price = Decimal(50_000 + shift).scaleb(-2)
    amount = Decimal(random.randrange(100, 5000)).scaleb(-4)
    return OrderRequest(BTC, side, amount, price)


def _operations_per_second() -> float:
    """As many cancel an order as place one; of those placed some trade at once."""
    random, venue = Random(1), _venue()
    plan = [
        (random.choice(ACCOUNTS), _request(random), random.random())
        for _ in range(OPERATIONS)
    ]
    waiting: list[tuple[str, int]] = []
    started = perf_counter()
    for name, request, dice in plan:
        if dice < 0.5 or not waiting:
            order = venue.place(name, request)
            if order.is_open:
                waiting.append((name, order.id))
        else:
            _cancel(venue, *_take_out(waiting, dice))
    return OPERATIONS / (perf_counter() - started)


def _take_out(waiting: list[tuple[str, int]], dice: float) -> tuple[str, int]:
    """Any of them, without moving the others as ``pop`` would."""
    chosen = int(dice * 1e9) % len(waiting)
    waiting[chosen], waiting[-1] = waiting[-1], waiting[chosen]
    return waiting.pop()


def _cancel(venue: Venue, name: str, order_id: int) -> None:
    # Filled in the meantime: the attempt counts as an operation all the same.
    with suppress(Rejected):
        venue.cancel(name, order_id)


def _quotes_per_second() -> float:
    venue, count = _venue(), 200_000
    price, amount = Decimal(500), Decimal(1)
    started = perf_counter()
    for _ in range(count):
        venue.make_market(BTC, lambda: ([(price, amount)], []))
        venue.print_trade(BTC, "buy", amount, price)
    return count / (perf_counter() - started)


def _start_seconds() -> tuple[float, float]:
    """By the clock, and of the processor."""
    folder = Path(mkdtemp(prefix="simulator"))
    try:
        _fill_journal(folder)
        started, worked = perf_counter(), process_time()
        venue = Venue.open(folder, quirks=NO_QUIRKS)
        seconds, cpu = perf_counter() - started, process_time() - worked
        venue.close()
        return seconds, cpu
    finally:
        shutil.rmtree(folder)


def _fill_journal(folder: Path) -> None:
    """A real journal of at least LINES lines, written in one piece."""
    random, venue = Random(2), _venue()
    while venue.lines < LINES:
        order = venue.place(random.choice(ACCOUNTS), _request(random))
        if order.is_open and random.random() < 0.3:
            venue.cancel(order.account_id, order.id)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / JOURNAL).open("wb") as file:
        file.writelines(venue.journal_lines())
