"""The form that asks for history."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common import clock
from apps.common.errors import CashUpError, InvalidFields, InvalidInput
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.models import Download, Exchange, HistoryKind, WatchList
from apps.markets.selectors.history import instruments_named
from apps.markets.services.history import (
    DownloadRequest,
    request_download,
    set_top_up,
)

_USUAL_DAYS: Final = 30
_SEPARATORS: Final = re.compile(r"[\s,;]+")
# What the services call a field, by what the form calls it.
_NAMES: Final = {"instruments": "symbols", "instrument": "symbols"}


class DownloadForm(forms.Form):
    """Instruments by name or by watch-list; times are UTC."""

    exchange = forms.ModelChoiceField(
        label=gettext_lazy("Exchange"),
        queryset=Exchange.objects.none(),
        empty_label=None,
    )
    symbols = forms.CharField(
        label=gettext_lazy("Instruments"),
        required=False,
        max_length=20_000,
        help_text=gettext_lazy("Such as BTC/USDT, ETH/USDT. Or choose a watch-list."),
    )
    watch_list = forms.ModelChoiceField(
        label=gettext_lazy("Watch-list"),
        queryset=WatchList.objects.none(),
        required=False,
        help_text=gettext_lazy("Its members as they are now."),
    )
    timeframes = forms.MultipleChoiceField(
        label=gettext_lazy("Timeframes"),
        choices=[(name, name) for name in TIMEFRAMES],
        initial=["1h"],
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=gettext_lazy("Ctrl chooses several."),
    )
    start_at = forms.DateTimeField(
        label=gettext_lazy("From, UTC"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    end_at = forms.DateTimeField(
        label=gettext_lazy("To, UTC"),
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
        help_text=gettext_lazy("Empty: up to now."),
    )
    with_funding = forms.BooleanField(
        label=gettext_lazy("Funding rates of perpetuals"), required=False
    )
    with_trades = forms.BooleanField(
        label=gettext_lazy("Public trades"),
        required=False,
        help_text=gettext_lazy("Many calls; exchanges keep them for days only."),
    )
    keep = forms.BooleanField(
        label=gettext_lazy("Keep up to date"),
        required=False,
        help_text=gettext_lazy("Topped up every hour from now on."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["exchange"].queryset = Exchange.objects.enabled()
        lists = WatchList.objects.visible_to(user)
        fields["watch_list"].queryset = lists
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        fields["start_at"].initial = midnight - timedelta(days=_USUAL_DAYS)

    def run(self, owner: Any) -> Download | None:
        """Ask for it; None when something was wrong, which stands in the form."""
        try:
            download = request_download(self._request(), owner=owner)
            if self.cleaned_data["keep"]:
                self._keep(download)
        except InvalidFields as error:
            for name, text in error.errors.items():
                self._blame(name, text)
        except CashUpError as error:
            self._blame(error.field, str(error))
        else:
            return download
        return None

    def _request(self) -> DownloadRequest:
        given = self.cleaned_data
        symbols = [name for name in _SEPARATORS.split(given["symbols"]) if name]
        kinds = {
            HistoryKind.CANDLES: bool(given["timeframes"]),
            HistoryKind.FUNDING: given["with_funding"],
            HistoryKind.TRADES: given["with_trades"],
        }
        wanted = [kind for kind, is_wanted in kinds.items() if is_wanted]
        if not wanted:
            raise InvalidInput(_("Choose at least one."), field="timeframes")
        return DownloadRequest(
            exchange=given["exchange"],
            instruments=instruments_named(given["exchange"], symbols),
            watch_list=given["watch_list"],
            timeframes=given["timeframes"],
            kinds=wanted,
            start_at=_utc(given["start_at"]),
            end_at=_utc(given["end_at"]) if given["end_at"] else None,
        )

    def _keep(self, download: Download) -> None:
        for timeframe in download.timeframes:
            start_at = download.start_at
            if download.watch_list is not None:
                set_top_up(
                    watch_list=download.watch_list,
                    timeframe=timeframe,
                    start_at=start_at,
                )
                continue
            for item in download.items.filter(timeframe=timeframe):
                set_top_up(
                    instrument=item.instrument, timeframe=timeframe, start_at=start_at
                )

    def _blame(self, field: str, text: str) -> None:
        name = _NAMES.get(field, field)
        self.add_error(name if name in self.fields else None, text)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
