"""What templates write: signs, colours, units, states, sorting."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation


def written(tags: str, **context: object) -> str:
    source = "{% load desk desk_page desk_charts %}" + tags
    return Template(source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("value", "look", "text"),
    [
        ("12.5", "cu-num cu-up", "+12.50"),
        ("-12.5", "cu-num cu-down", "−12.50"),
        ("0", "cu-num", "0.00"),
        (None, "cu-num", "–"),
    ],
)
def test_profit_has_sign_and_direction(value, look, text):
    html = written("{% cu_money value signed=True %}", value=value)

    assert html == f'<span class="{look}">{text}</span>'


def test_balance_has_neither_sign_nor_colour_but_its_unit():
    html = written("{% cu_money 10000 'USDT' %}")

    assert "cu-up" not in html
    assert "10,000.00" in html
    assert '<span class="cu-unit">USDT</span>' in html


def test_short_price_keeps_its_full_value_in_the_title():
    html = written("{% cu_price price tick %}", price="0.000001234", tick="0.000000001")

    assert 'title="0.000001234"' in html
    assert "0.0₅1234" in html


def test_dates_follow_the_language():
    at = datetime(2025, 6, 3, 15, 30, tzinfo=UTC)

    assert written("{{ at|day }}", at=at) == "3\u00a0Jun\u00a02025"
    with translation.override("zh-hans"):
        assert written("{{ at|day }}", at=at) == "2025-06-03"


def test_synthetic_data_says_so_beside_the_title():
    html = written("{% data_pill True 'Synthetic market, seed 42' %}")

    assert "Synthetic market, seed 42" in html
    assert 'data-level="warn"' in html


def test_sorted_column_is_announced_and_turns_on_the_next_click():
    request = RequestFactory().get("/?o=-profit&page=3&tab=trades")

    html = written(
        "{% sort_link 'profit' 'Profit' ordering %}",
        request=request,
        ordering="-profit",
    )

    assert 'aria-sort="descending"' in html
    assert "?o=profit&amp;tab=trades" in html


def test_values_are_escaped():
    assert "<b>" not in written("{% pill text %}", text="<b>")
    assert "<b>" not in written("{% cu_value text %}", text="<b>")


def test_fields_that_differ_from_their_default_are_counted():
    def field(value, initial, required=False):
        kind = SimpleNamespace(initial=initial, required=required)
        return SimpleNamespace(value=lambda: value, field=kind)

    fields = [field("5", 5), field("6", 5), field("", None), field("a", None, True)]

    assert written("{{ fields|differing }}", fields=fields) == "1"
