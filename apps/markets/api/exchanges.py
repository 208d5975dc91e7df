"""Exchanges over HTTP: their settings for those who may, their state for everybody."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from apps.common.api.idempotency import idempotent
from apps.common.api.serializers import StrictModelSerializer, StrictSerializer
from apps.common.models import Job
from apps.markets.models import Exchange
from apps.markets.selectors.exchanges import health
from apps.markets.services import exchanges

_RIGHTS = {"POST": "add", "PATCH": "change", "DELETE": "delete"}


class ExchangeSerializer(StrictModelSerializer):
    """``clock_offset_ms`` is theirs minus ours; ``problem`` is empty when well."""

    problem = serializers.SerializerMethodField()

    class Meta:
        model = Exchange
        seen = (
            "state",
            "limited_until",
            "clock_offset_ms",
            "round_trip_ms",
            "checked_at",
            "last_error",
            "last_error_at",
            "instruments_synced_at",
            "refused_count",
        )
        fields = (
            "id",
            *exchanges.SETTINGS,
            "is_synthetic",
            *seen,
            "problem",
        )
        read_only_fields = ("is_synthetic", *seen)
        extra_kwargs = {"name": {"required": False}}

    def get_problem(self, exchange: Exchange) -> str:
        seen = health(exchange)
        return seen.sentence if seen.level in {"warn", "crit"} else ""


class EnqueuedSerializer(StrictSerializer):
    """The job that does it; watch it on the live topic ``job:ID``."""

    job = serializers.IntegerField()
    status = serializers.CharField()


class ExchangeViewSet(ReadOnlyModelViewSet[Exchange]):
    queryset = Exchange.objects.all()
    serializer_class = ExchangeSerializer
    filterset_fields = ("code", "is_synthetic", "is_enabled", "is_simulator", "state")
    ordering = "code"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Exchanges belong to nobody, so a right to the model is what is asked for."""
        super().initial(request, *args, **kwargs)
        if request.method in SAFE_METHODS or request.method is None:
            return
        is_asking = self.action in {"check", "synchronise"}
        right = "change" if is_asking else _RIGHTS.get(request.method, "change")
        if not request.user.has_perm(f"markets.{right}_exchange"):
            raise PermissionDenied

    @extend_schema(request=ExchangeSerializer, responses={201: ExchangeSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add one. Its API and its addresses must be ones the gateway knows."""
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = exchanges.add_exchange(actor=request.user, **wanted.validated_data)
        answer = self.get_serializer(made).data
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(request=ExchangeSerializer, responses=ExchangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some settings; the code stays."""
        exchange = self.get_object()
        wanted = self.get_serializer(exchange, data=request.data, partial=True)
        wanted.is_valid(raise_exception=True)
        changed = exchanges.change_exchange(
            get_object_or_404(Exchange, pk=exchange.pk),
            actor=request.user,
            **wanted.validated_data,
        )
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove one without instruments. Conflict for any other."""
        exchanges.delete_exchange(self.get_object(), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: EnqueuedSerializer})
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Ask it for its time now; what comes of it stands on the exchange."""
        return _enqueued(exchanges.enqueue_check(self.get_object(), owner=request.user))

    @extend_schema(request=None, responses={202: EnqueuedSerializer})
    @action(detail=True, methods=["post"])
    def synchronise(self, request: Request, pk: str) -> Response:
        """Synchronise its instruments; a job that waits already is not doubled."""
        return _enqueued(exchanges.enqueue_sync(self.get_object(), owner=request.user))


def _enqueued(job: Job) -> Response:
    answer = {"job": job.pk, "status": str(job.status)}
    return Response(answer, status=status.HTTP_202_ACCEPTED)
