"""A venue under load in a process of its own, to be killed.

``python -m apps.markets.simulator.tests.core.killed FOLDER SEED`` places, cancels and
amends orders of several clients at once, and says on its output what was answered, each
answer only after it was durable: ``order ID STATUS`` or ``cancel ID``.
"""

import asyncio
import sys
from pathlib import Path
from random import Random

from apps.markets.simulator.core.clock import SystemClock
from apps.markets.simulator.core.errors import Rejected
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.tests.core.factories import (
    BTC,
    levels,
    limit,
    make_venue,
)

CLIENTS = ("ann", "ben", "cat", "dan")


async def client(venue: Venue, name: str, random: Random) -> None:
    waiting: list[int] = []
    while True:
        if waiting and random.random() < 0.3:
            number = waiting.pop(random.randrange(len(waiting)))
            await cancel(venue, name, number)
            continue
        side = random.choice(("buy", "sell"))
        price = f"{100 + random.randrange(-5, 6) / 100:.2f}"
        request = limit(side, f"0.{random.randrange(100, 999)}", price)
        try:
            order = venue.place(name, request)
        except Rejected:
            continue
        waiting.append(order.id)
        await venue.durable()
        say(f"order {order.id} {order.status}")


async def cancel(venue: Venue, name: str, number: int) -> None:
    try:
        venue.cancel(name, number)
    except Rejected:
        return
    await venue.durable()
    say(f"cancel {number} cancelled")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def main(folder: Path, seed: int) -> None:
    venue = make_venue(
        folder,
        accounts=CLIENTS,
        clock=SystemClock(),
        group_commit=True,
        snapshot_every=500,
    )
    venue.make_market(BTC, (levels(("99.90", "5")), levels(("100.10", "5"))))
    random = Random(seed)
    say("ready 0 ready")
    await asyncio.gather(
        *(client(venue, name, Random(random.random())) for name in CLIENTS)
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
