"""The import form of the Data page."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import CashUpError
from apps.markets import services
from apps.markets.candles.timeframes import TIMEFRAMES

LIMIT_MB: Final = 64


class ImportForm(forms.Form):
    """What stays empty is taken from the file: its name, or its candles."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "Parquet or CSV with the columns timestamp, open, high, low, close and "
            "volume; at most 64 MB. Larger files: manage.py candles import."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".parquet,.csv"}),
    )
    exchange = forms.CharField(
        label=gettext_lazy("Exchange"),
        required=False,
        max_length=40,
        help_text=gettext_lazy(
            "Its code, such as binance. Empty: from a file name such as "
            "BINANCE_BTC-USDT_1h.parquet."
        ),
    )
    symbol = forms.CharField(
        label=gettext_lazy("Symbol"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Such as BTC/USDT. Empty: from the file name."),
    )
    timeframe = forms.ChoiceField(
        label=gettext_lazy("Timeframe"),
        required=False,
        choices=[
            ("", gettext_lazy("From the file")),
            *((name, name) for name in TIMEFRAMES),
        ],
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LIMIT_MB * 1024 * 1024:
            raise forms.ValidationError(
                _("The file has %(size)d MB; at most %(limit)d MB are taken here.")
                % {"size": file.size // 1024**2, "limit": LIMIT_MB}
            )
        return file

    def run(self) -> services.Imported:
        """Import the file. Raises CashUpError."""
        given = self.cleaned_data
        return services.import_file(
            given["file"].file,
            name=given["file"].name,
            exchange=given["exchange"] or None,
            symbol=given["symbol"] or None,
            timeframe=given["timeframe"] or None,
        )

    def blame(self, error: CashUpError) -> None:
        """Show the error beside its field; about a column, beside the file."""
        self.add_error(
            error.field if error.field in self.fields else "file", str(error)
        )
