"""Money, clock, leases, audit, ownership, heartbeats."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.accounts.services import create_first_administrator
from apps.common import audit, clock, heartbeats, jobs, leases, money
from apps.common.errors import InvalidInput
from apps.common.models import AuditEntry, Heartbeat, Job, Lease

positive = st.decimals("0.000001", "1000000", allow_nan=False, places=8)
steps = st.sampled_from([Decimal(s) for s in ("0.00000001", "0.001", "0.5", "1", "25")])


@given(positive, steps)
def test_a_quantity_is_never_rounded_up(quantity, lot):
    rounded = money.round_quantity(quantity, lot)

    assert 0 <= quantity - rounded < lot
    assert rounded % lot == 0


@given(positive, steps)
def test_a_price_goes_to_the_nearest_tick(price, tick):
    rounded = money.round_price(price, tick)

    assert abs(price - rounded) <= tick / 2
    assert rounded % tick == 0


def test_money_refuses_floats_and_what_is_no_number():
    with pytest.raises(TypeError):
        money.decimal(0.1)
    for text in ("NaN", "inf", "1,5", ""):
        with pytest.raises(InvalidInput) as caught:
            money.decimal(text, field="price")
        assert caught.value.field == "price"


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_a_time_goes_to_milliseconds_and_back(moment):
    moment = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)

    assert clock.from_ms(clock.to_ms(moment)) == moment


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        clock.to_ms(datetime(2024, 1, 1))  # noqa: DTZ001


@pytest.mark.django_db
def test_a_lease_is_held_by_one_until_it_runs_out():
    first = leases.acquire("feeds", ttl_s=10)
    with pytest.raises(leases.LeaseHeld):
        leases.acquire("feeds")

    Lease.objects.update(until=clock.now() - timedelta(seconds=1))
    second = leases.acquire("feeds")

    assert second.token > first.token
    with pytest.raises(leases.LeaseLost):
        first.renew()


@pytest.mark.django_db(transaction=True)
def test_the_audit_chain_holds_under_many_writers():
    def write():
        for number in range(5):
            audit.record("tested", changes={"number": number})
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert AuditEntry.objects.count() == 20
    assert audit.first_broken() is None


@pytest.mark.django_db
def test_an_altered_audit_entry_is_found():
    for _ in range(3):
        audit.record("tested")
    second = AuditEntry.objects.get(sequence=2)
    with pytest.raises(TypeError):
        second.save()

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE common_auditentry SET actor_name = 'nobody' WHERE sequence = 2"
        )

    assert audit.first_broken().sequence == 2


@pytest.mark.django_db
def test_each_person_sees_their_own_and_the_shared_rows():
    jobs.register(jobs.Handler(kind="owned", run=lambda running: None))
    ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
    chief = User.objects.create_superuser("chief")
    rows = {
        name: jobs.enqueue(kind="owned", title=name, owner=owner, is_offered=False)
        for name, owner in (("ann's", ann), ("ben's", ben), ("shared", None))
    }

    def seen(user):
        return set(Job.objects.visible_to(user).values_list("title", flat=True))

    assert seen(ann) == {"ann's", "shared"}
    assert seen(chief) == set(rows)
    assert seen(AnonymousUser()) == set()
    assert list(Job.objects.editable_by(ben)) == [rows["ben's"]]


@pytest.mark.django_db
def test_the_first_administrator_is_made_once_with_a_password_to_change():
    password = create_first_administrator()

    person = User.objects.get(is_superuser=True)
    assert person.check_password(password)
    assert person.must_change_password
    assert create_first_administrator() is None
    assert password not in str(list(AuditEntry.objects.values()))


@pytest.mark.django_db
def test_a_process_has_one_heartbeat_row():
    heartbeats.beat("worker")
    heartbeats.beat("worker", queues=["default"])

    assert Heartbeat.objects.get().details == {"queues": ["default"]}


@pytest.mark.django_db(transaction=True)
def test_a_process_that_ends_as_asked_is_not_missed():
    heart = heartbeats.start("web")
    while not Heartbeat.objects.exists():
        pass

    heart.stop()

    assert not Heartbeat.objects.exists()
