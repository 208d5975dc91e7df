"""The Instruments page: what can be traded, by which rules, and what has changed."""

from decimal import Decimal
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.common import formats
from apps.common.admin import DeskAdmin, ServiceOwned
from apps.markets.models import Instrument, Series

_COLOURS: Final = {"active": "success", "halted": "warning", "delisted": "danger"}
# A page; the API has all of them.
SHOWN_CHANGES: Final = 100


@admin.register(Instrument)
class InstrumentAdmin(ServiceOwned, DeskAdmin):
    list_display = (
        "symbol",
        "exchange",
        "kind",
        "shown_status",
        "shown_tick",
        "shown_lot",
        "shown_minimum",
        "shown_fees",
        "listed_at",
        "synced_at",
    )
    list_filter = ("exchange", "kind", "status", "quote")
    list_select_related = ("exchange",)
    search_fields = ("symbol", "exchange_symbol", "exchange__name")
    change_form_outer_before_template = "admin/markets/instrument/_history.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("symbol", "exchange_symbol"),
                    ("exchange", "kind", "settle"),
                    ("status", "listed_at", "delisted_at"),
                    "synced_at",
                )
            },
        ),
        (
            gettext_lazy("Rules"),
            {
                "fields": (
                    ("shown_tick", "shown_lot", "shown_contract"),
                    ("shown_minimum_quantity", "shown_maximum_quantity"),
                    ("shown_minimum", "shown_maximum"),
                    ("shown_maker", "shown_taker"),
                )
            },
        ),
    )
    readonly_fields = (
        "shown_tick",
        "shown_lot",
        "shown_contract",
        "shown_minimum_quantity",
        "shown_maximum_quantity",
        "shown_minimum",
        "shown_maximum",
        "shown_maker",
        "shown_taker",
    )

    @display(description=gettext_lazy("status"), label=_COLOURS, ordering="status")
    def shown_status(self, row: Instrument) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=gettext_lazy("tick size"), ordering="tick_size")
    def shown_tick(self, row: Instrument) -> str:
        return _exact(row.tick_size)

    @display(description=gettext_lazy("lot size"), ordering="lot_size")
    def shown_lot(self, row: Instrument) -> str:
        return _exact(row.lot_size)

    @display(description=gettext_lazy("contract size"))
    def shown_contract(self, row: Instrument) -> str:
        return _exact(row.contract_size, row.base)

    @display(description=gettext_lazy("minimum quantity"))
    def shown_minimum_quantity(self, row: Instrument) -> str:
        return _exact(row.minimum_quantity)

    @display(description=gettext_lazy("maximum quantity"))
    def shown_maximum_quantity(self, row: Instrument) -> str:
        return _exact(row.maximum_quantity)

    @display(description=gettext_lazy("minimum notional"), ordering="minimum_notional")
    def shown_minimum(self, row: Instrument) -> str:
        return _exact(row.minimum_notional, row.quote)

    @display(description=gettext_lazy("maximum notional"))
    def shown_maximum(self, row: Instrument) -> str:
        return _exact(row.maximum_notional, row.quote)

    @display(description=gettext_lazy("fees, maker / taker"), ordering="taker_fee")
    def shown_fees(self, row: Instrument) -> str:
        return f"{_share(row.maker_fee)} / {_share(row.taker_fee)}"

    @display(description=gettext_lazy("maker fee"))
    def shown_maker(self, row: Instrument) -> str:
        return _share(row.maker_fee)

    @display(description=gettext_lazy("taker fee"))
    def shown_taker(self, row: Instrument) -> str:
        return _share(row.taker_fee)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        instrument = self.get_object(request, object_id)
        context = {**(extra_context or {}), **(_beside(instrument))}
        return super().change_view(request, object_id, form_url, context)


def _beside(instrument: Instrument | None) -> dict[str, Any]:
    """Its history and its candles."""
    if instrument is None:
        return {}
    names = {field.name: field.verbose_name for field in Instrument._meta.fields}
    changes = list(instrument.changes.all()[:SHOWN_CHANGES])
    return {
        "instrument": instrument,
        "changes": [(names.get(one.field, one.field), one) for one in changes],
        "instrument_series": Series.objects.filter(instrument=instrument),
    }


def _exact(value: Decimal | None, unit: str = "") -> str:
    """Every digit and none more."""
    if value is None:
        return formats.MISSING
    return formats.with_unit(
        formats.fixed(value, digits=formats.digits_of(value)), unit
    )


def _share(value: Decimal | None) -> str:
    if value is None:
        return formats.MISSING
    return _exact(value * 100, "%")
