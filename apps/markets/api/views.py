"""Series and candles, for whoever is signed in."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.viewsets import ReadOnlyModelViewSet

from apps.common import clock
from apps.common.api.filters import StrictFilterSet
from apps.common.errors import InvalidInput
from apps.markets.api.serializers import (
    CandlePageSerializer,
    CandleQuerySerializer,
    SeriesSerializer,
    candle_rows,
)
from apps.markets.candles import store
from apps.markets.models import Series


class SeriesFilter(StrictFilterSet):
    class Meta:
        model = Series
        fields = {
            "instrument": ["exact"],
            "instrument__symbol": ["exact"],
            "instrument__exchange__code": ["exact"],
            "timeframe": ["exact"],
            "is_synthetic": ["exact"],
        }


class SeriesViewSet(ReadOnlyModelViewSet[Series]):
    queryset = Series.objects.with_market()
    serializer_class = SeriesSerializer
    filterset_class = SeriesFilter
    ordering = "id"
    ordering_fields = ("id", "timeframe", "updated_at")

    @extend_schema(parameters=[CandleQuerySerializer], responses=CandlePageSerializer)
    @action(detail=True)
    def candles(self, request: Request, pk: Any = None) -> Response:
        """Candles from ``start`` up to ``end``; ``next`` is null on the last page."""
        series = get_object_or_404(self.get_queryset(), pk=pk)
        start_ms, end_ms, limit = _period(request)
        bars = store.read_bars(series, start_ms, end_ms)
        next_url = None
        if len(bars) > limit:
            after = clock.iso(int(bars.time_ms[limit]))
            next_url = replace_query_param(request.build_absolute_uri(), "start", after)
        return Response(
            {
                "series": series.pk,
                "data_hash": series.data_hash,
                "is_synthetic": series.is_synthetic,
                "next": next_url,
                "candles": candle_rows(bars.between(0, limit)),
            }
        )


def _period(request: Request) -> tuple[int | None, int | None, int]:
    query = CandleQuerySerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    asked = query.validated_data
    start, end = asked.get("start"), asked.get("end")
    if start and end and end <= start:
        raise InvalidInput(_("The end must be after the start."), field="end")
    start_ms = clock.to_ms(start) if start else None
    return start_ms, clock.to_ms(end) if end else None, asked["limit"]
