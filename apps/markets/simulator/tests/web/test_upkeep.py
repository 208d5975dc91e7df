"""What ends by itself, told to those who listen; and answers that do not wait."""

import asyncio
import socket

from apps.markets.simulator.core.accounts import Key
from apps.markets.simulator.core.quirks import NO_QUIRKS
from apps.markets.simulator.core.venue import Venue
from apps.markets.simulator.tests.web.exchanges import (
    BTC,
    KEY,
    SECRET,
    d,
    make_exchange,
)
from apps.markets.simulator.tests.web.signing import Socket, back_room, call
from apps.markets.simulator.tests.web.waiting import until
from apps.markets.simulator.web.server import serve

PAIR = "BTC_USDT"
ORDER = {"currency_pair": PAIR, "side": "buy", "amount": "1", "price": "15000"}
TRIGGER = {
    "market": PAIR,
    "trigger": {"price": "15000", "rule": "<=", "expiration": 3600},
    "put": {"side": "sell", "amount": "1", "price": "14000", "account": "normal"},
}


async def test_delisting_pushes_the_end_of_orders_and_triggers(simulator):
    order = (await call(simulator, "POST", "/spot/orders", body=ORDER))[1]
    trigger = (await call(simulator, "POST", "/spot/price_orders", body=TRIGGER))[1]
    async with Socket(simulator) as orders, Socket(simulator) as triggers:
        await orders.ask("spot.orders", [PAIR], is_signed=True)
        await triggers.ask("spot.priceorders", [PAIR], is_signed=True)

        await back_room(simulator, "POST", "/faults", {"kind": "delist", "pair": PAIR})
        ended = (await orders.read_push("spot.orders"))[0]
        stopped = (await triggers.read_push("spot.priceorders"))[0]

    assert (ended["id"], ended["event"]) == (order["id"], "finish")
    assert (ended["finish_as"], ended["left"]) == ("cancelled", "1")
    assert (stopped["id"], stopped["status"]) == (trigger["id"], "cancelled")


async def test_halting_leaves_orders_where_they_are(simulator):
    await call(simulator, "POST", "/spot/orders", body=ORDER)

    await back_room(simulator, "POST", "/faults", {"kind": "halt", "pair": PAIR})

    assert len(simulator.exchange.venue.open_orders("alice")) == 1


async def test_countdown_goes_on_in_the_next_process(tmp_path):
    def start():
        venue = Venue.open(tmp_path, quirks=NO_QUIRKS, group_commit=True)
        venue.set_instrument(BTC)
        money = {"USDT": d("100000")}
        venue.ensure_account("alice", keys={KEY: Key(SECRET)}, deposits=money)
        return venue

    venue = start()
    body = {"timeout": 1}
    async with serve(make_exchange(venue)) as simulator:
        await call(simulator, "POST", "/spot/orders", body=ORDER)
        await call(simulator, "POST", "/spot/countdown_cancel_all", body=body)
    venue.close()

    venue = start()
    async with serve(make_exchange(venue)):
        waiting = len(venue.open_orders("alice"))
        await until(lambda: not venue.open_orders("alice"))
    venue.close()

    assert waiting == 1


async def test_answers_are_sent_without_waiting_for_more(simulator):
    reader, writer = await asyncio.open_connection(simulator.host, simulator.port)
    writer.write(b"GET /api/v4/spot/time HTTP/1.1\r\nHost: simulator\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")

    served = [
        connection.transport.get_extra_info("socket")
        for connection in simulator._server.server_state.connections
    ]

    assert served
    for one in served:
        assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    writer.close()
