"""Named options: built from one table, refused by name when out of bounds."""

import pytest

from apps.common.errors import InvalidFields, InvalidInput
from apps.strategies.backtest.option_table import OPTION_FIELDS
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.rules import InstrumentRules


def test_texts_of_the_command_line_become_typed_values() -> None:
    options = Options.parse(
        {"sizing": "all-in", "fee": "0.001", "cash": "100000", "rounding": "none"}
    )

    assert (options.cash, options.fee, options.rounding) == (100_000, 0.001, "none")


def test_the_table_and_the_dataclass_say_the_same() -> None:
    defaults = {option.name: option.default for option in OPTION_FIELDS}

    assert Options().to_dict() == defaults


def test_pinned_options_can_be_read_back() -> None:
    options = Options(fee=0.002, sizing="fraction", size=0.5, stop_loss=0.03)

    assert Options.parse(options.to_dict()) == options


def test_a_choice_may_be_written_with_underscores() -> None:
    assert Options.parse({"levels_from": "next_bar"}).levels_from == "next-bar"


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("cash", "0", "above 0"),
        ("cash", "lots", "not a number"),
        ("cash", "", "required"),
        ("fee", "-0.1", "at least 0"),
        ("fee", "nan", "finite"),
        ("slippage", "0.2", "at most 0.1"),
        ("stop_loss", "1", "below 1"),
        ("fill", "yesterday", "not one of next-open, signal-close"),
        ("leverage", "3", "no such option"),
    ],
)
def test_a_wrong_value_is_refused_under_its_name(
    name: str, value: str, rule: str
) -> None:
    with pytest.raises(InvalidFields) as caught:
        Options.parse({name: value})

    assert caught.value.field == name
    assert rule in caught.value.errors[name]


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(InvalidFields) as caught:
        Options.parse({"fee": "x", "cash": "-1"})

    assert set(caught.value.errors) == {"fee", "cash"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"sizing": "fraction"}, "size"),
        ({"sizing": "fixed"}, "size"),
        ({"sizing": "fraction", "size": "1.5"}, "size"),
        ({"rounding": "none", "step": "0.1"}, "step"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    values: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidFields) as caught:
        Options.parse(values)

    assert caught.value.field == field


def test_an_instruments_steps_are_above_zero() -> None:
    with pytest.raises(InvalidInput) as caught:
        InstrumentRules(lot_size=0)

    assert caught.value.field == "lot_size"
