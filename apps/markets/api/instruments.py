"""Instruments over HTTP: their rules, and what the exchange has changed of them."""

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import CharFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from apps.common.api.filters import StrictBooleanFilter, StrictFilterSet
from apps.common.api.serializers import StrictModelSerializer
from apps.markets.models import Instrument, InstrumentChange, InstrumentStatus

MAX_CHANGES = 1000


class InstrumentSerializer(StrictModelSerializer):
    """Unknown rules are null. Fees are ratios; ``is_active`` says status is active."""

    exchange = serializers.CharField(source="exchange.code")
    is_active = serializers.BooleanField(read_only=True)

    class Meta:
        model = Instrument
        fields = (
            "id",
            "exchange",
            "symbol",
            "exchange_symbol",
            "base",
            "quote",
            "settle",
            "kind",
            "status",
            "is_active",
            "contract_size",
            "tick_size",
            "lot_size",
            "minimum_quantity",
            "maximum_quantity",
            "minimum_notional",
            "maximum_notional",
            "maker_fee",
            "taker_fee",
            "listed_at",
            "delisted_at",
            "synced_at",
        )


class InstrumentChangeSerializer(StrictModelSerializer):
    """Values are texts as the exchange's rules were; empty when unknown."""

    class Meta:
        model = InstrumentChange
        fields = ("changed_at", "field", "old", "new")


class InstrumentFilter(StrictFilterSet):
    is_active = StrictBooleanFilter(method="by_activity")
    search = CharFilter(method="by_name", max_length=60)

    class Meta:
        model = Instrument
        fields = {
            "exchange__code": ["exact"],
            "symbol": ["exact"],
            "base": ["exact"],
            "quote": ["exact"],
            "kind": ["exact"],
            "status": ["exact"],
        }

    def by_activity(self, rows: QuerySet, name: str, value: bool | None) -> QuerySet:
        if value is None:
            return rows
        active = Q(status=InstrumentStatus.ACTIVE)
        return rows.filter(active if value else ~active)

    def by_name(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """A part of either symbol."""
        part = Q(symbol__icontains=value) | Q(exchange_symbol__icontains=value)
        return rows.filter(part)


class InstrumentViewSet(ReadOnlyModelViewSet[Instrument]):
    queryset = Instrument.objects.select_related("exchange")
    serializer_class = InstrumentSerializer
    filterset_class = InstrumentFilter
    ordering = "id"
    ordering_fields = ("id", "symbol")

    @extend_schema(responses=InstrumentChangeSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def changes(self, request: Request, pk: Any = None) -> Response:
        """What the exchange changed of it, newest first; at most the last 1,000."""
        changes = self.get_object().changes.all()[:MAX_CHANGES]
        return Response(InstrumentChangeSerializer(changes, many=True).data)
