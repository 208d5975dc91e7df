"""Strategies to read; backtests to ask for, watch, cancel and delete."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from apps.common import jobs
from apps.common.api.idempotency import idempotent
from apps.common.api.views import OwnedViewSet
from apps.common.errors import Conflict
from apps.strategies import services
from apps.strategies.api.serializers import (
    BacktestRequestSerializer,
    BacktestSerializer,
    StrategySerializer,
    TradeSerializer,
)
from apps.strategies.models import Backtest, Strategy
from apps.strategies.selectors.reports import trades


class StrategyViewSet(ReadOnlyModelViewSet[Strategy]):
    """Every strategy found, those with an error included."""

    queryset = Strategy.objects.filter(is_present=True)
    serializer_class = StrategySerializer
    lookup_field = "name"
    lookup_value_regex = "[A-Za-z0-9_]+"
    filterset_fields = ("source",)
    ordering = "name"
    ordering_fields = ("name",)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        services.sync_strategies()


class BacktestViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    OwnedViewSet,
):
    """Backtests of this person, and the shared ones."""

    queryset = Backtest.objects.with_names()
    serializer_class = BacktestSerializer
    filterset_fields = ("version__strategy__name", "series", "job__status")
    ordering_fields = ("created_at", "total_return", "max_drawdown", "trade_count")

    @extend_schema(
        request=BacktestRequestSerializer, responses={201: BacktestSerializer}
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Put a backtest in line; watch it on the live topic ``job:ID`` of its job."""
        wanted = BacktestRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        backtest = services.request_backtest(
            services.BacktestRequest(**wanted.validated_data), owner=request.user
        )
        answer = self.get_serializer(backtest).data
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=BacktestSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it: at once while it waits, else at its next step."""
        backtest = self.get_object()
        jobs.request_cancel(backtest.job)
        backtest.job.refresh_from_db()
        return Response(self.get_serializer(backtest).data)

    @extend_schema(responses=TradeSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def trades(self, request: Request, pk: str) -> Response:
        """All closed trades, oldest first. Conflict until the backtest is done."""
        backtest = self.get_object()
        if not backtest.is_done:
            raise Conflict(_("The backtest is not done; it has no trades yet."))
        return Response(trades(backtest, "entry_ms").to_pylist())

    def perform_destroy(self, instance: Backtest) -> None:
        services.delete(instance)
