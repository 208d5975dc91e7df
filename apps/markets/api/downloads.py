"""Downloads of history over HTTP: asked for, watched, cancelled."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common import jobs
from apps.common.api.fields import UtcDateTimeField
from apps.common.api.idempotency import idempotent
from apps.common.api.serializers import StrictModelSerializer, StrictSerializer
from apps.common.api.views import OwnedViewSet
from apps.markets.candles.timeframes import TIMEFRAMES
from apps.markets.models import (
    Download,
    DownloadItem,
    Exchange,
    HistoryKind,
    WatchList,
)
from apps.markets.selectors.history import instruments_named
from apps.markets.services.history import DownloadRequest, request_download

MOST_SYMBOLS = 2000


class DownloadRequestSerializer(StrictSerializer):
    """What to fetch. ``symbols`` or ``watch_list``; ``end_at`` null is now."""

    exchange = serializers.SlugRelatedField(
        slug_field="code", queryset=Exchange.objects.all()
    )
    symbols = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        default=list,
        max_length=MOST_SYMBOLS,
    )
    watch_list = serializers.IntegerField(required=False, allow_null=True, default=None)
    timeframes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(TIMEFRAMES)),
        required=False,
        default=list,
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=HistoryKind.choices),
        required=False,
        default=lambda: [HistoryKind.CANDLES],
    )
    start_at = UtcDateTimeField()
    end_at = UtcDateTimeField(required=False, allow_null=True, default=None)


class DownloadItemSerializer(StrictModelSerializer):
    symbol = serializers.CharField(source="instrument.symbol")

    class Meta:
        model = DownloadItem
        fields = (
            "symbol",
            "kind",
            "timeframe",
            "state",
            "call_count",
            "call_total",
            "retry_count",
            "added_count",
            "missing_count",
            "refused_count",
            "note",
            "error",
            "finished_at",
        )


class DownloadSerializer(StrictModelSerializer):
    """A download; ``job`` is also sent on the live topic ``job:ID``."""

    exchange = serializers.CharField(source="exchange.code")
    job = serializers.SerializerMethodField()

    class Meta:
        model = Download
        fields: tuple[str, ...] = (
            "id",
            "exchange",
            "watch_list",
            "kinds",
            "timeframes",
            "start_at",
            "end_at",
            "is_top_up",
            "created_at",
            "job",
        )

    def get_job(self, download: Download) -> dict[str, Any]:
        state = jobs.state(download.job)
        state.pop("title"), state.pop("kind")
        return state


class DownloadDetailSerializer(DownloadSerializer):
    """With each of its series."""

    items = DownloadItemSerializer(many=True)

    class Meta(DownloadSerializer.Meta):
        fields = (*DownloadSerializer.Meta.fields, "items")


class DownloadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """Downloads of this person, and the shared ones."""

    queryset = Download.objects.with_job()
    filterset_fields = ("exchange__code", "job__status", "is_top_up")
    ordering_fields = ("created_at",)

    def get_serializer_class(self) -> type[DownloadSerializer]:
        return DownloadSerializer if self.action == "list" else DownloadDetailSerializer

    @extend_schema(
        request=DownloadRequestSerializer, responses={201: DownloadDetailSerializer}
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Put a download in line; what is stored already is not asked for again."""
        wanted = DownloadRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = dict(wanted.validated_data)
        number, symbols = given.pop("watch_list"), given.pop("symbols")
        lists = WatchList.objects.visible_to(request.user)
        download = request_download(
            DownloadRequest(
                **given,
                instruments=instruments_named(given["exchange"], symbols),
                watch_list=get_object_or_404(lists, pk=number) if number else None,
            ),
            owner=request.user,
        )
        answer = self.get_serializer(download).data
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=DownloadDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it within a second or two; what is stored stays."""
        download = self.get_object()
        jobs.request_cancel(download.job)
        download.job.refresh_from_db()
        return Response(self.get_serializer(download).data)
