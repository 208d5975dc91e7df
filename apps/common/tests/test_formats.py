"""The Python half of the shared table of formats."""

import json
from datetime import UTC, datetime

import pytest
from django.conf import settings

from apps.common import formats

CASES = json.loads((settings.BASE_DIR / "tests/js/format-cases.json").read_text())


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['call']} {case['value']}"
)
def test_value_is_written_as_the_shared_table_says(case):
    text = getattr(formats, case["call"])(case["value"], **case["options"])

    assert text == case["text"]


def test_datetime_is_written_like_its_milliseconds():
    at = datetime(2025, 6, 3, 15, 30, 43, 118_000, tzinfo=UTC)

    assert formats.time(at, precision="ms") == "15:30:43.118"
