"""The form of a watch-list: its values are read here, judged in the services."""

import re
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from apps.common import formats
from apps.common.errors import InvalidFields
from apps.markets.models import Exchange, InstrumentKind, Selection, WatchList
from apps.markets.models.watch_lists import SORTS
from apps.markets.services.watch_lists import Wanted, wanted_of
from apps.markets.services.watch_lists.wanting import REFRESH_S, ROLES, check
from apps.markets.watching.rule import LIMITS

UNITS: Final = {
    "minimum_volume": _("quote"),
    "maximum_spread_bps": "bps",
    "minimum_age_days": _("days"),
    "minimum_volatility_pct": "%",
    "maximum_volatility_pct": "%",
    "volatility_days": _("days"),
    "minimum_change_pct": "%",
    "maximum_change_pct": "%",
    "stay_in_margin_pct": "%",
    "refresh_every_s": "s",
}
GROUPS: Final[Sequence[tuple[Any, Sequence[str]]]] = (
    (_("List"), ("name", "exchange", "selection", "chosen", "refresh_every_s")),
    (
        _("Which instruments"),
        ("kind", "quote", "minimum_volume", "maximum_spread_bps", "minimum_age_days"),
    ),
    (
        _("How they move"),
        (
            "minimum_volatility_pct",
            "maximum_volatility_pct",
            "volatility_days",
            "minimum_change_pct",
            "maximum_change_pct",
        ),
    ),
    (_("The best of them"), ("sort_by", "is_reversed", "top_n", "stay_in_margin_pct")),
    (_("Always and never"), ("white_list", "black_list")),
)
_SEPARATORS: Final = re.compile(r"[\s,;]+")


class SymbolsField(forms.CharField):
    """Symbols apart by commas, spaces or lines, as a list."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "max_length": 70_000, **options})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [one for one in _SEPARATORS.split(super().to_python(value) or "") if one]


def _text_with_bounds(facts: dict[str, Any]) -> str:
    """A help text with its bounds, put together in the reader's language."""
    return _t("%(help)s %(low)s to %(high)s.") % facts


_bounded = lazy(_text_with_bounds, str)


def _number(name: str, label: Any, about: Any, **options: Any) -> forms.Field:
    low, high = LIMITS[name]
    kind = forms.IntegerField if options.pop("is_whole", False) else forms.DecimalField
    if kind is forms.DecimalField:
        options = {"max_digits": 24, "decimal_places": 6, **options}
    step = "1" if kind is forms.IntegerField else "any"
    attributes = {"min": low, "max": high, "step": step, "inputmode": "decimal"}
    bounds = {"low": formats.count(low), "high": formats.count(high)}
    facts = {"help": about, **bounds}
    # The most a volume may be is what fits its column: no news to anybody.
    has_bounds = name != "minimum_volume"
    return kind(
        label=label,
        required=False,
        help_text=_bounded(facts) if has_bounds else about,
        widget=forms.NumberInput(attrs=attributes),
        **options,
    )


class WatchListForm(forms.Form):
    """Built from a list, or empty for a new one; ``wanted`` is there once valid."""

    name = forms.CharField(label=_("Name"), max_length=80)
    exchange = forms.ModelChoiceField(
        Exchange.objects.all(), label=_("Exchange"), empty_label=None
    )
    selection = forms.ChoiceField(label=_("Chosen"), choices=Selection.choices)
    chosen = SymbolsField(
        label=_("Chosen by hand"),
        help_text=_("Only by hand: symbols such as BTC/USDT, apart by commas."),
    )
    refresh_every_s = forms.IntegerField(
        label=_("Refreshed every"),
        required=False,
        help_text=_("30 to 86,400; empty: as the settings say."),
        widget=forms.NumberInput(
            attrs={"min": REFRESH_S[0], "max": REFRESH_S[1], "inputmode": "numeric"}
        ),
    )

    kind = forms.ChoiceField(label=_("Kind"), choices=InstrumentKind.choices)
    quote = forms.CharField(
        label=_("Quote"),
        required=False,
        max_length=30,
        help_text=_("Such as USDT. Empty: every quote."),
    )
    minimum_volume = _number(
        "minimum_volume",
        _("Minimum volume, 24 h"),
        _("In the instrument's quote. Empty: not asked for."),
    )
    maximum_spread_bps = _number(
        "maximum_spread_bps",
        _("Maximum spread"),
        _("Between best bid and ask, of their middle. Empty: not asked for."),
    )
    minimum_age_days = _number(
        "minimum_age_days",
        _("Minimum age"),
        _("Since the listing, or the first stored candle. Empty: not asked for."),
        is_whole=True,
    )
    minimum_volatility_pct = _number(
        "minimum_volatility_pct",
        _("Minimum volatility"),
        _("From the day's low to its high, of the low. Empty: not asked for."),
    )
    maximum_volatility_pct = _number(
        "maximum_volatility_pct",
        _("Maximum volatility"),
        _("The same measure. Empty: not asked for."),
    )
    volatility_days = _number(
        "volatility_days",
        _("Volatility over"),
        _("1 is the last 24 hours; more is the mean of whole UTC days, from candles."),
        is_whole=True,
        initial=1,
    )
    minimum_change_pct = _number(
        "minimum_change_pct",
        _("Minimum change, 24 h"),
        _("May be negative. Empty: not asked for."),
    )
    maximum_change_pct = _number(
        "maximum_change_pct",
        _("Maximum change, 24 h"),
        _("May be negative. Empty: not asked for."),
    )

    sort_by = forms.ChoiceField(
        label=_("Sort by"),
        choices=SORTS,
        help_text=_("The most first; for the spread, the least."),
    )
    is_reversed = forms.BooleanField(label=_("The other way round"), required=False)
    top_n = _number(
        "top_n",
        _("Top"),
        _("So many are in. Empty: all that meet the limits."),
        is_whole=True,
    )
    stay_in_margin_pct = _number(
        "stay_in_margin_pct",
        _("Margin to stay"),
        _("A member stays while it misses a limit or the last place by no more."),
        initial=0,
    )
    white_list = SymbolsField(
        label=_("White list"), help_text=_("Always in, beside the best. Symbols.")
    )
    black_list = SymbolsField(label=_("Black list"), help_text=_("Never in. Symbols."))

    wanted: Wanted

    def __init__(
        self,
        *args: Any,
        owner: Any,
        watch_list: WatchList | None = None,
        is_read_only: bool = False,
        **kwargs: Any,
    ) -> None:
        """``owner`` is whose list it is; ``watch_list`` the one being changed."""
        self.owner, self.watch_list = owner, watch_list
        if watch_list is not None:
            wanted = wanted_of(watch_list)
            kwargs["initial"] = {
                name: _plain(getattr(wanted, name)) for name in self.base_fields
            }
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.disabled = is_read_only

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        given = {**values}
        for name in ("volatility_days", "stay_in_margin_pct"):
            if given[name] is None:  # left empty: the default, which it shows
                given[name] = self.fields[name].initial
        wanted = Wanted(**given)
        # What belongs to the other way of choosing stays in its box, and is not kept.
        unused = dict.fromkeys(ROLES.keys() - wanted.roles, ())
        self.wanted = Wanted(**{**given, **unused})
        try:
            pk = self.watch_list.pk if self.watch_list else None
            check(self.wanted, owner=self.owner, pk=pk)
        except InvalidFields as error:
            for field, text in error.errors.items():
                self.add_error(field if field in self.fields else None, text)
        return values

    @property
    def groups(self) -> list[tuple[Any, list[tuple[forms.BoundField, Any]]]]:
        """Group title, and its fields with their units."""
        return [
            (title, [(self[name], UNITS.get(name, "")) for name in names])
            for title, names in GROUPS
        ]


def _plain(value: Any) -> Any:
    """5, not 5.000000."""
    return f"{value.normalize():f}" if hasattr(value, "normalize") else value
