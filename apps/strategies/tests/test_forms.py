"""One description makes the form's field, for parameters and for options alike."""

from typing import Any

from apps.common.parameters import Boolean, Float, Integer, Parameter
from apps.strategies.backtest.options import Options
from apps.strategies.forms import parameter_field


def field_of(parameter: Parameter[Any], name: str = "fast") -> Any:
    parameter.name = name
    parameter.check_declaration()
    return parameter_field(parameter.describe())


def test_a_number_shows_its_bounds_step_and_default():
    field = field_of(Integer(12, low=2, high=50, step=2, help="Bars."))

    attributes = field.widget.attrs
    assert (attributes["min"], attributes["max"], attributes["step"]) == (2, 50, 2)
    assert (field.label, field.initial) == ("Fast", 12)
    assert str(field.help_text) == "Bars. 2 to 50, default 12."


def test_a_number_without_bounds_sets_none_in_the_browser():
    field = field_of(Float(1.5, help="Any."))

    assert field.widget.attrs == {"inputmode": "decimal", "step": "any"}
    assert str(field.help_text) == "Any. Default 1.5."


def test_an_optional_number_promises_no_default():
    field = field_of(Float(None, low=0, below=1, help="Empty is none."))

    assert str(field.help_text) == "Empty is none."
    assert field.initial is None


def test_a_truth_is_a_box_to_tick():
    assert field_of(Boolean(True)).initial is True


def test_every_option_has_a_label_and_a_help():
    for option in Options.parameters().values():
        assert option.label
        assert option.help
        assert parameter_field(option.describe()).label == option.label
