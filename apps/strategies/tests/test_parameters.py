import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.strategies.authoring import (
    Boolean,
    Choice,
    Float,
    Integer,
    Parameter,
    Signals,
    Strategy,
)


class Sample(Strategy):
    """All four types."""

    length = Integer(10, low=2, high=50, step=2, help="Bars")
    ratio = Float(0.3, low=0.1, high=1.0, step=0.1)
    price = Choice("close", choices=("open", "close"))
    short = Boolean(False)

    def signals(self, bars, x):
        return Signals()


def parse(name, raw):
    return Sample.parameters()[name].parse(raw)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("length", 12, 12),
        ("length", " 12 ", 12),
        ("length", 12.0, 12),
        ("ratio", "0.7", 0.7),
        ("ratio", 1, 1.0),
        ("price", "open", "open"),
        ("short", "Yes", True),
        ("short", "0", False),
        ("short", True, True),
    ],
)
def test_text_and_json_values_are_read(name, raw, value):
    parsed = parse(name, raw)

    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("length", 60, "length 60 is above the highest allowed value 50"),
        ("length", "1", "length 1 is below the lowest allowed value 2"),
        ("length", 13, "length 13 is not a step of 2 counted from 2"),
        ("length", 12.5, "length 12.5 is not a whole number"),
        ("length", "12.5", "length '12.5' is not a whole number"),
        ("length", True, "length True is not a whole number"),
        ("length", None, "length None is not a whole number"),
        ("length", "", "length '' is not a whole number"),
        ("length", [12], "length [12] is not a whole number"),
        ("length", float("nan"), "length nan is not a whole number"),
        ("length", float("inf"), "length inf is not a whole number"),
        ("length", 2**70, f"length {2**70} is beyond ±9007199254740991"),
        ("ratio", "nan", "ratio 'nan' is not a finite number"),
        ("ratio", "-inf", "ratio '-inf' is not a finite number"),
        ("ratio", 10**400, "is not a finite number"),
        ("ratio", True, "ratio True is not a finite number"),
        ("ratio", "much", "ratio 'much' is not a finite number"),
        ("ratio", 0.35, "ratio 0.35 is not a step of 0.1 counted from 0.1"),
        ("price", "high", "price 'high' is not one of open, close"),
        ("price", 1, "price 1 is not one of open, close"),
        ("price", ["open"], "price ['open'] is not one of open, close"),
        ("short", "maybe", "short 'maybe' is neither true nor false"),
        ("short", 1, "short 1 is neither true nor false"),
    ],
)
def test_a_bad_value_is_refused_with_its_rule(name, raw, message):
    with pytest.raises(InvalidInput) as caught:
        parse(name, raw)

    assert message in caught.value.message
    assert caught.value.field == name


def test_a_long_value_is_shortened_in_the_message():
    with pytest.raises(InvalidInput) as caught:
        parse("length", "x" * 10_000)

    assert len(caught.value.message) < 100


class Guarded(Strategy):
    """Limits that are not allowed themselves, and a value that may be left out."""

    stop: Parameter[float | None] = Float(None, above=0, below=1)
    fill = Choice("next-open", choices=("next-open", "at_close"))

    def signals(self, bars, x):
        return Signals()


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_default_of_none_makes_a_value_optional(nothing):
    assert Guarded(stop=nothing).stop is None
    assert Guarded(stop="0.5").stop == 0.5


@pytest.mark.parametrize(
    ("raw", "rule"),
    [(0, "stop 0.0 is not above 0.0"), (1, "stop 1.0 is not below 1.0")],
)
def test_an_open_limit_is_itself_refused(raw, rule):
    with pytest.raises(InvalidInput, match=rule):
        Guarded(stop=raw)


@pytest.mark.parametrize(
    ("raw", "word"), [("next_open", "next-open"), ("at_close", "at_close")]
)
def test_an_underscore_stands_for_a_hyphen(raw, word):
    assert Guarded(fill=raw).fill == word


@pytest.mark.parametrize("tenths", range(1, 11))
def test_decimal_steps_are_exact(tenths):
    assert parse("ratio", f"0.{tenths}" if tenths < 10 else "1.0") == tenths / 10


@given(st.text() | st.floats() | st.integers() | st.none() | st.lists(st.integers()))
def test_any_value_is_accepted_within_bounds_or_refused_politely(raw):
    for name, parameter in Sample.parameters().items():
        try:
            value = parameter.parse(raw)
        except InvalidInput as error:
            assert error.field == name
        else:
            assert parameter.parse(value) == value


def test_a_description_is_plain_and_complete():
    described = [p.describe() for p in Sample.parameters().values()]

    assert json.loads(json.dumps(described)) == described
    assert described[0] == {
        "name": "length",
        "type": "integer",
        "label": "Length",
        "default": 10,
        "low": 2,
        "high": 50,
        "above": None,
        "below": None,
        "step": 2,
        "choices": None,
        "help": "Bars",
    }
    assert [d["type"] for d in described] == ["integer", "float", "choice", "boolean"]
    assert described[2]["choices"] == ["open", "close"]


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        (Integer(60, high=50), "default 60"),
        (Integer(5, low=9, high=3), "low 9 above high 3"),
        (Integer(5, step=0), "a step of 0"),
        (Integer(5, low=1, step=3), "not a step of 3"),
        (Integer(2.5), "2.5 is not a whole number"),
        (Integer(5, low=0.5), "0.5 is not a whole number"),
        (Float(float("nan")), "nan is not a finite number"),
        (Choice("a", choices=("a", "a")), "a choice twice"),
        (Choice("b", choices=("a",)), "'b' is not one of a"),
        (Choice("b", choices=()), "is not one of"),
        (Boolean("perhaps"), "neither true nor false"),
    ],
)
def test_a_contradicting_declaration_fails_with_the_class(parameter, message):
    with pytest.raises(TypeError) as caught:
        type(Strategy)("Broken", (Sample,), {"size": parameter})

    assert str(caught.value).startswith("Broken.size")
    assert message.removeprefix("default ") in str(caught.value)
