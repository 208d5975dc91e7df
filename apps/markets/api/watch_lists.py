"""Watch-lists over HTTP: one's own and the shared ones."""

from dataclasses import replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.idempotency import idempotent
from apps.common.api.serializers import StrictModelSerializer, StrictSerializer
from apps.common.api.views import OwnedViewSet
from apps.common.errors import Conflict
from apps.markets.models import Exchange, WatchList, WatchListEntry
from apps.markets.services import watch_lists
from apps.markets.services.watch_lists import Wanted, wanted_of
from apps.markets.services.watch_lists.wanting import RULE_FIELDS, by_fields
from apps.markets.watching.judging import Verdict
from apps.markets.watching.reasons import sentences

PREVIEWED = 500


def _symbols(about: str) -> serializers.ListField:
    symbol = serializers.CharField(max_length=60)
    return serializers.ListField(
        child=symbol, required=False, max_length=1000, help_text=about
    )


class WatchListSerializer(StrictModelSerializer):
    """A list and its rule. Null limits are not asked for."""

    exchange = serializers.SlugRelatedField(
        slug_field="code", queryset=Exchange.objects.all()
    )
    name = serializers.CharField(max_length=80)
    chosen = _symbols("Symbols of a list made by hand.")
    white_list = _symbols("Symbols that are always in.")
    black_list = _symbols("Symbols that are never in.")
    is_shared = serializers.SerializerMethodField()
    member_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = WatchList
        told = (
            "refreshed_at",
            "tried_at",
            "due_at",
            "refresh_error",
            "created_at",
            "changed_at",
        )
        fields = (
            "id",
            "name",
            "exchange",
            "selection",
            *RULE_FIELDS,
            "chosen",
            "white_list",
            "black_list",
            "refresh_every_s",
            "is_shared",
            "member_count",
            *told,
        )
        read_only_fields = told
        # The services' check tells of a name that is taken.
        validators = ()

    def to_representation(self, instance: WatchList) -> dict[str, Any]:
        symbols = by_fields(instance.picks.all())
        for field, found in symbols.items():
            setattr(instance, field, found)
        return super().to_representation(instance)

    def get_is_shared(self, watch_list: WatchList) -> bool:
        return watch_list.owner_id is None


class MemberQuerySerializer(StrictSerializer):
    """``is_in`` is true unless asked otherwise; ``all`` brings both."""

    is_in = serializers.ChoiceField(["true", "false", "all"], default="true")
    cursor = serializers.CharField(required=False)
    limit = serializers.CharField(required=False)


class WatchListMemberSerializer(StrictModelSerializer):
    """An instrument, whether it is in, by which figures, and why."""

    symbol = serializers.CharField(source="instrument.symbol")
    reason_text = serializers.CharField()

    class Meta:
        model = WatchListEntry
        fields = (
            "instrument",
            "symbol",
            "is_in",
            "rank",
            "volume",
            "spread_bps",
            "age_days",
            "volatility_pct",
            "change_pct",
            "reason",
            "reason_text",
            "since_at",
            "refreshed_at",
        )


class WatchListRefreshSerializer(serializers.Serializer[Any]):
    """The job to watch, on the live topic ``job:ID``."""

    job = serializers.IntegerField()
    status = serializers.CharField()


class VerdictSerializer(serializers.Serializer[Any]):
    """What the rule says of one instrument."""

    instrument = serializers.IntegerField()
    symbol = serializers.CharField()
    is_in = serializers.BooleanField()
    rank = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    reason_text = serializers.CharField()


class WatchListPreviewSerializer(serializers.Serializer[Any]):
    """Judged by figures of ``taken_at``; at most the first 500 verdicts."""

    taken_at = serializers.DateTimeField(allow_null=True)
    member_count = serializers.IntegerField()
    considered_count = serializers.IntegerField()
    verdicts = VerdictSerializer(many=True)


class WatchListViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    OwnedViewSet,
):
    """Watch-lists of this person, and the shared ones."""

    queryset = WatchList.objects.with_names().prefetch_related("picks__instrument")
    serializer_class = WatchListSerializer
    filterset_fields = ("exchange__code", "selection", "name")
    ordering_fields = ("id", "name", "refreshed_at")

    @extend_schema(responses={201: WatchListSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Make a list; one by rule has its members after its first refresh."""
        made = watch_lists.create_watch_list(self._wanted(), owner=request.user)
        watch_lists.refresh_soon(made, actor=request.user)
        return Response(self._shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(responses=WatchListSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Replace the list; what is not given takes its default."""
        watch_list = self.get_object()
        return self._change(watch_list, self._wanted())

    @extend_schema(
        request=WatchListSerializer(partial=True), responses=WatchListSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given and keep the rest."""
        watch_list = self.get_object()
        return self._change(watch_list, self._wanted(wanted_of(watch_list)))

    def perform_destroy(self, instance: WatchList) -> None:
        watch_lists.delete_watch_list(instance, actor=self.request.user)

    @extend_schema(request=None, responses={202: WatchListRefreshSerializer})
    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, pk: str) -> Response:
        """Ask the exchange and judge now; a refresh that waits already is told."""
        job = watch_lists.request_refresh(self.get_object(), actor=request.user)
        state = {"job": job.pk, "status": job.status}
        return Response(state, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[MemberQuerySerializer],
        responses=WatchListMemberSerializer(many=True),
    )
    @action(detail=True, ordering="rank")
    def members(self, request: Request, pk: str) -> Response:
        """Members by rank; with ``is_in=false`` the others, with the reasons."""
        query = MemberQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        watch_list = get_object_or_404(self.get_queryset(), pk=_number(pk))
        rows = watch_list.entries.with_instrument()
        if (wanted := query.validated_data["is_in"]) != "all":
            rows = rows.filter(is_in=wanted == "true")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(
            WatchListMemberSerializer(page, many=True).data
        )

    @extend_schema(responses=WatchListPreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What such a list would hold, by the figures of the last refresh.

        With the name of a list of one's own: what that list would become.
        """
        wanted = self._wanted()
        own = WatchList.objects.filter(owner_id=request.user.pk, name=wanted.name)
        shown = watch_lists.preview(wanted, owner=request.user, watch_list=own.first())
        if shown.is_blind:
            text = _("There are no figures of this exchange yet; refresh a list of it.")
            raise Conflict(text, field="exchange")
        return Response(
            {
                "taken_at": shown.taken_at,
                "member_count": len(shown.members),
                "considered_count": len(shown.verdicts),
                "verdicts": [_verdict(one) for one in shown.verdicts[:PREVIEWED]],
            }
        )

    def _change(self, watch_list: WatchList, wanted: Wanted) -> Response:
        actor = self.request.user
        changed = watch_lists.update_watch_list(watch_list, wanted, actor=actor)
        if changed.version != watch_list.version:
            watch_lists.refresh_soon(changed, actor=actor)
        return Response(self._shown(changed))

    def _wanted(self, base: Wanted | None = None) -> Wanted:
        """The request's body, over ``base`` where it leaves something out."""
        given = WatchListSerializer(data=self.request.data, partial=base is not None)
        given.is_valid(raise_exception=True)
        if base is None:
            return Wanted(**given.validated_data)
        changes = given.validated_data
        if changes.get("selection", base.selection) != base.selection:
            # Picks of the other way of choosing would be refused.
            base = replace(base, chosen=(), white_list=(), black_list=())
        return replace(base, **changes)

    def _shown(self, watch_list: WatchList) -> dict[str, Any]:
        fresh = WatchList.objects.with_names().get(pk=watch_list.pk)
        return self.get_serializer(fresh).data


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "instrument": verdict.facts.key,
        "symbol": verdict.facts.symbol,
        "is_in": verdict.is_in,
        "rank": verdict.rank,
        "reason": verdict.reasons[0].code,
        "reason_text": sentences(verdict.reasons, language=get_language() or "en"),
    }
