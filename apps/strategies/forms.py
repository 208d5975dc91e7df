"""The form that asks for a backtest, built from the strategy and the options."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.errors import InvalidFields
from apps.markets.models import Series
from apps.strategies.backtest.options import Options
from apps.strategies.models import Strategy
from apps.strategies.services import BacktestRequest
from apps.strategies.services.backtests import check

MONEY = ("cash", "fee", "slippage", "sizing", "size")
# One request field's name to one form field's name: parameters.fast is p-fast.
PREFIXES = {"parameters.": "p-", "options.": "o-"}


class BacktestForm(forms.Form):
    """Values are only read here; the rules are in ``services.backtests.check``."""

    strategy = forms.ChoiceField(label=_("Strategy"))
    series = forms.ModelChoiceField(
        Series.objects.none(), label=_("Candles"), empty_label=None
    )
    start_at = forms.DateTimeField(
        label=_("From"),
        required=False,
        help_text=_("UTC; empty is the first candle."),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    end_at = forms.DateTimeField(
        label=_("To"),
        required=False,
        help_text=_("UTC, not included; empty is the last candle."),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )

    def __init__(
        self, *args: Any, strategies: Iterable[Strategy], **kwargs: Any
    ) -> None:
        """``strategies``: those that can be chosen."""
        super().__init__(*args, **kwargs)
        known = {strategy.name: strategy for strategy in strategies}
        field: Any = self.fields["strategy"]
        field.choices = [(name, row.title) for name, row in known.items()]
        field = self.fields["series"]
        field.queryset = Series.objects.filter(bar_count__gt=0).select_related(
            "instrument__exchange"
        )
        chosen = self["strategy"].value()
        self.strategy_name = chosen if chosen in known else next(iter(known), "")
        described = known[self.strategy_name].parameters if known else ()
        for description in described:
            name = f"p-{description['name']}"
            self.fields[name] = parameter_field(description)
        for name, option in Options.parameters().items():
            self.fields[f"o-{name}"] = parameter_field(_translated(option.describe()))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        self.request = BacktestRequest(
            strategy=values["strategy"],
            series=values["series"],
            parameters=self._values_under("p-"),
            options=self._values_under("o-"),
            start_at=utc(values["start_at"]),
            end_at=utc(values["end_at"]),
        )
        try:
            check(self.request)
        except InvalidFields as error:
            for field, text in error.errors.items():
                self.add_error(self._form_name(field), text)
        return values

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField], bool]]:
        """Group title, its bound fields, and whether it starts folded."""
        parameters = [self[name] for name in self.fields if name.startswith("p-")]
        money = [self[f"o-{name}"] for name in MONEY]
        rules = [
            self[f"o-{name}"] for name in Options.parameters() if name not in MONEY
        ]
        return [
            (_("Strategy and parameters"), [self["strategy"], *parameters], False),
            (
                _("Market and period"),
                [self["series"], self["start_at"], self["end_at"]],
                False,
            ),
            (_("Money, fees, slippage"), money, False),
            (_("Rules"), rules, not any(field.errors for field in rules)),
        ]

    def _values_under(self, prefix: str) -> dict[str, Any]:
        return {
            name.removeprefix(prefix): self.cleaned_data[name]
            for name in self.fields
            if name.startswith(prefix)
        }

    def _form_name(self, field: str) -> str | None:
        for dotted, short in PREFIXES.items():
            if field.startswith(dotted):
                field = short + field.removeprefix(dotted)
        return field if field in self.fields else None


def parameter_field(description: Mapping[str, Any]) -> forms.Field:
    """A field for what ``Parameter.describe`` says; the rules refuse a bad value."""
    common: dict[str, Any] = {
        "label": description["label"],
        "initial": description["default"],
        "required": False,
    }
    help_text = description["help"]
    if description["type"] == "boolean":
        return forms.BooleanField(**common, help_text=help_text)
    if description["type"] == "choice":
        choices = [(choice, choice) for choice in description["choices"]]
        return forms.ChoiceField(**common, help_text=help_text, choices=choices)
    return forms.CharField(
        **common, help_text=_bounds(description), widget=_number_input(description)
    )


def _translated(description: Mapping[str, Any]) -> dict[str, Any]:
    """An option's words are ours; a strategy's stay as its author wrote them."""
    words = {key: gettext(description[key]) for key in ("label", "help")}
    return {**description, **words}


def _number_input(description: Mapping[str, Any]) -> forms.NumberInput:
    free = "1" if description["type"] == "integer" else "any"
    attributes = {
        "min": description["low"],
        "max": description["high"],
        "step": description["step"] or free,
    }
    given = {name: value for name, value in attributes.items() if value is not None}
    return forms.NumberInput(attrs={"inputmode": "decimal", **given})


def _bounds(description: Mapping[str, Any]) -> Any:
    """The help, with the bounds where both are part of it and the default if any."""
    facts = {key: description[key] for key in ("low", "high", "default")}
    facts["help"] = _sentence(description["help"])
    if facts["default"] is None:
        return facts["help"]
    if facts["low"] is None or facts["high"] is None:
        return _("%(help)s Default %(default)s.") % facts
    return _("%(help)s %(low)s to %(high)s, default %(default)s.") % facts


def _sentence(text: str) -> str:
    """The text with its full stop; Chinese has its own."""
    return text if text.endswith((".", "。")) else f"{text}."


def utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)
