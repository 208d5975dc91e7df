"""Exchanges and instruments: made by imports and gateways, looked at here."""

from django.contrib import admin

from apps.common.admin import DeskAdmin, ServiceOwned
from apps.markets.models import Exchange, Instrument


@admin.register(Exchange)
class ExchangeAdmin(ServiceOwned, DeskAdmin):
    list_display = ("name", "code", "is_synthetic")
    search_fields = ("name", "code")


@admin.register(Instrument)
class InstrumentAdmin(ServiceOwned, DeskAdmin):
    list_display = (
        "symbol",
        "exchange",
        "kind",
        "tick_size",
        "lot_size",
        "minimum_notional",
        "is_active",
    )
    list_filter = ("exchange", "kind", "is_active")
    list_select_related = ("exchange",)
    search_fields = ("symbol", "exchange__name")
