"""Events: told to those above, and not lost when they matter."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from apps.common.events import Event, bus, outbox, publish, subscribe
from apps.common.events.codec import decode, encode
from apps.common.models import OutboxEvent

WHEN = datetime(2024, 2, 29, 12, 30, 0, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class PriceSeen(Event):
    symbol: str
    price: Decimal
    at: datetime
    size: Decimal | None = None


EVENT = PriceSeen("BTC/USDT", Decimal("0.1000000000000000001"), WHEN)
heard: list[PriceSeen] = []


def good(event):
    heard.append(event)


def broken(event):
    raise RuntimeError("subscriber fails")


@pytest.fixture(autouse=True)
def _no_subscribers():
    heard.clear()
    bus._subscribers.pop(PriceSeen, None)


def test_one_failing_subscriber_keeps_none_from_hearing():
    subscribe(PriceSeen, broken)
    subscribe(PriceSeen, good)

    publish(EVENT)

    assert heard == [EVENT]


def test_an_event_comes_back_from_json_exactly():
    assert decode(EVENT.event_name(), encode(EVENT)) == EVENT


def test_a_float_may_not_travel_in_an_event():
    with pytest.raises(TypeError, match="cannot travel"):
        encode(PriceSeen("BTC/USDT", 0.1, WHEN))


@pytest.mark.django_db(transaction=True)
def test_the_outbox_stands_or_falls_with_the_change():
    with pytest.raises(ValueError, match="undone"), transaction.atomic():
        outbox.add(EVENT)
        raise ValueError("undone")

    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_drainer_delivers_once_and_in_order():
    subscribe(PriceSeen, good)
    other = PriceSeen("ETH/USDT", Decimal(1), WHEN)
    outbox.add(EVENT)
    outbox.add(other)

    outbox.drain()
    outbox.drain()

    assert heard == [EVENT, other]


@pytest.mark.django_db(transaction=True)
def test_a_failing_subscriber_is_tried_again_alone():
    subscribe(PriceSeen, good)
    subscribe(PriceSeen, broken)
    outbox.add(EVENT)

    outbox.drain()
    OutboxEvent.objects.update(due_at=WHEN)
    outbox.drain()

    row = OutboxEvent.objects.get()
    assert heard == [EVENT]  # the one that took it is not told twice
    assert (row.attempts, row.delivered_at) == (2, None)
    assert "subscriber fails" in row.error
