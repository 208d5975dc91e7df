"""One simulator for a file's tests, as at the start before each of them."""

from collections.abc import Iterator

import pytest

from apps.common import clock
from apps.common.models import OutboxEvent
from apps.markets.models import Exchange
from apps.markets.tests import exchange_room
from apps.markets.tests.exchange_room import Room, make_exchange


@pytest.fixture(scope="module")
def _running() -> Iterator[Room]:
    with exchange_room.room() as found:
        yield found


@pytest.fixture
def room(_running: Room) -> Iterator[Room]:
    markets = dict(_running.simulator.exchange.venue.instruments)
    yield _running
    _running.as_at_the_start(markets)


@pytest.fixture
def exchange(room: Room) -> Exchange:
    return make_exchange(room.url)


@pytest.fixture(autouse=True)
def _own_budget(settings, tmp_path) -> None:
    """What one test used of a budget is not counted in the next."""
    settings.VAR_DIR = tmp_path
    settings.REDIS_URL = ""


@pytest.fixture
def news():
    """The events in the outbox since the last look: name and what they tell."""
    seen = [0]

    def since() -> list[tuple[str, dict]]:
        rows = OutboxEvent.objects.filter(pk__gt=seen[0]).order_by("pk")
        found = [(row.event.rpartition(".")[2], row.payload) for row in rows]
        seen[0] = max([seen[0], *rows.values_list("pk", flat=True)])
        return found

    return since


@pytest.fixture
def later():
    """Hold the clock so many seconds from now."""

    def at(seconds: float):
        from datetime import timedelta

        return clock.held_at(clock.now() + timedelta(seconds=seconds))

    return at
