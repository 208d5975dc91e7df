"""Typed settings: declared once, bounded, read through one door."""

import pytest

from apps.common import knobs
from apps.common.errors import InvalidInput, NotFound
from apps.common.knobs import declaring, reading
from apps.common.models import AuditEntry, StoredSetting
from apps.common.parameters import Integer

pytestmark = pytest.mark.django_db


@pytest.fixture
def knob():
    reading.forget()
    yield knobs.declare("tests.depth", Integer(5, low=1, high=9))
    declaring._declared.pop("tests.depth")
    reading.forget()


def test_the_database_wins_over_the_environment_over_the_default(knob, monkeypatch):
    assert knobs.in_force(knob) == knobs.InForce(5, "default")

    monkeypatch.setenv("CASHUP_TESTS_DEPTH", "7")
    assert knobs.in_force(knob) == knobs.InForce(7, "environment")

    knobs.change("tests.depth", "8")
    assert knobs.in_force(knob) == knobs.InForce(8, "database")

    knobs.reset("tests.depth")
    assert knobs.value(knob) == 7


def test_a_value_out_of_bounds_changes_nothing(knob):
    with pytest.raises(InvalidInput, match="above the highest allowed value 9"):
        knobs.change("tests.depth", 10)

    assert not StoredSetting.objects.exists()
    assert knobs.value(knob) == 5


def test_an_undeclared_name_is_refused():
    with pytest.raises(NotFound, match=r"no setting tests\.nothing"):
        knobs.change("tests.nothing", 1)


def test_a_change_is_in_the_audit_trail(knob):
    knobs.change("tests.depth", 6)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.changes) == ("setting.changed", {"tests.depth": [5, 6]})


def test_a_bad_stored_value_is_passed_over(knob):
    StoredSetting.objects.create(name="tests.depth", value=99)
    reading.forget()

    assert knobs.in_force(knob) == knobs.InForce(5, "default")
