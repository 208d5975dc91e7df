"""Named options: built from one table, refused by name when out of bounds."""

import pytest

from apps.common.errors import InvalidFields, InvalidInput
from apps.strategies.backtest.options import Options
from apps.strategies.backtest.rules import InstrumentRules


def test_texts_of_the_command_line_become_typed_values() -> None:
    options = Options(sizing="all-in", fee="0.001", cash="100000", rounding="none")

    assert (options.cash, options.fee, options.rounding) == (100_000, 0.001, "none")


def test_pinned_options_can_be_read_back() -> None:
    options = Options(fee=0.002, sizing="fraction", size=0.5, stop_loss=0.03)

    assert Options(**options.values()).values() == options.values()


def test_a_choice_may_be_written_with_underscores() -> None:
    assert Options(levels_from="next_bar").levels_from == "next-bar"


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("cash", "0", "cash 0.0 is not above 0.0"),
        ("cash", "lots", "cash 'lots' is not a finite number"),
        ("cash", "", "cash '' is not a finite number"),
        ("cash", None, "cash None is not a finite number"),
        ("fee", "-0.1", "fee -0.1 is below the lowest allowed value 0.0"),
        ("fee", "nan", "fee 'nan' is not a finite number"),
        ("slippage", "0.2", "slippage 0.2 is above the highest allowed value 0.1"),
        ("stop_loss", "1", "stop_loss 1.0 is not below 1.0"),
        ("fill", "yesterday", "'yesterday' is not one of next-open, signal-close"),
        ("leverage", "3", "there is no option leverage; the known ones are: cash"),
        ("self", "3", "there is no option self"),
    ],
)
def test_a_wrong_value_is_refused_under_its_name(
    name: str, value: object, rule: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        Options(**{name: value})

    assert caught.value.field == name
    assert rule in caught.value.message


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_optional_value_may_be_left_empty(nothing: str | None) -> None:
    assert Options(stop_loss=nothing).stop_loss is None


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(InvalidFields) as caught:
        Options(fee="x", cash="-1")

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
    with pytest.raises(InvalidInput) as caught:
        Options(**values)

    assert caught.value.field == field


def test_an_instruments_steps_are_above_zero() -> None:
    with pytest.raises(InvalidInput) as caught:
        InstrumentRules(lot_size=0)

    assert caught.value.field == "lot_size"
