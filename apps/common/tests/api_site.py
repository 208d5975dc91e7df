"""A small API of its own for the tests of the conventions, over rows of Job."""

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import include, path
from rest_framework import mixins, serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from apps.common import errors
from apps.common.api.fields import ExactDecimalField
from apps.common.api.idempotency import IdempotentCreateMixin
from apps.common.api.serializers import StrictModelSerializer, StrictSerializer
from apps.common.api.views import OwnedViewSet
from apps.common.models import Job


class JobSerializer(StrictModelSerializer):
    class Meta:
        model = Job
        fields = ["id", "title", "kind", "status", "created_at", "finished_at"]
        read_only_fields = ["id", "status", "created_at", "finished_at"]


class TestJobs(
    IdempotentCreateMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    OwnedViewSet,
):
    queryset = Job.objects.all()
    serializer_class = JobSerializer
    filterset_fields = ["status", "is_cancel_requested"]
    ordering_fields = ("created_at", "finished_at", "title")

    def perform_create(self, serializer: Any) -> None:
        job = serializer.save(owner=self.request.user)
        if job.title == "refused afterwards":
            raise errors.Conflict("refused afterwards")


class LegSerializer(StrictSerializer):
    side = serializers.ChoiceField(["buy", "sell"])
    quantity = ExactDecimalField(min_value=0)


class TicketSerializer(StrictSerializer):
    legs = LegSerializer(many=True)
    price = ExactDecimalField()
    note = serializers.CharField(required=False)


@api_view(["POST"])
def ticket(request: Request) -> Response:
    form = TicketSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    return Response(TicketSerializer(form.validated_data).data)


FAILURES = {
    "input": errors.InvalidInput("quantity 0 is below the lot size", field="quantity"),
    "fields": errors.InvalidFields({"fast": "below 2", "slow": "above 200"}),
    "missing": errors.NotFound("no such strategy"),
    "conflict": errors.Conflict("it has ended"),
    "away": errors.Unavailable("the exchange does not answer"),
    "model": ValidationError({"title": ["too long"]}),
    "crash": RuntimeError("secret-token-123"),
}


@api_view(["GET"])
def fail(request: Request, kind: str) -> Response:
    raise FAILURES[kind]


router = SimpleRouter()
router.register("jobs", TestJobs)
urlpatterns = [
    path("", include("cashup.urls")),
    path("api/v1/test/", include(router.urls)),
    path("api/v1/test/ticket/", ticket),
    path("api/v1/test/fail/<str:kind>/", fail),
]
