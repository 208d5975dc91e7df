"""What the generated schema says about every operation: errors, keys, strictness."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny

from apps.common.api.idempotency import HEADER, REPLAYED
from apps.common.api.problems import CONTENT_TYPE
from apps.common.api.serializers import ProblemSerializer, StrictMixin

KEY_PARAMETER = OpenApiParameter(
    name=HEADER,
    location=OpenApiParameter.HEADER,
    type=OpenApiTypes.STR,
    description=(
        "Repeat the request with the same key and body and it still creates once; "
        f"the repetition is answered with {REPLAYED}: true."
    ),
)


class ConventionalSchema(AutoSchema):
    """Adds to each operation what the conventions promise for all of them."""

    def get_override_parameters(self) -> list[Any]:
        own = [*super().get_override_parameters()]
        return [*own, KEY_PARAMETER] if self._is_idempotent() else own

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status in self._problem_statuses():
            if status not in bodies:
                bodies[status] = self._get_response_for_code(
                    ProblemSerializer, status, media_types=[CONTENT_TYPE]
                )
        return bodies

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and isinstance(serializer, StrictMixin):
            schema["additionalProperties"] = False
        return schema

    def _problem_statuses(self) -> list[str]:
        statuses = {"400", "default"}
        if self._is_guarded():
            statuses |= {"401", "403"}
        if "{" in self.path:
            statuses.add("404")
        if self.method not in {"GET", "HEAD"}:
            statuses.add("409")
        if self._is_idempotent():
            statuses.add("422")
        if self.view.get_throttles():
            statuses.add("429")
        return sorted(statuses)

    def _is_guarded(self) -> bool:
        guards = self.view.get_permissions()
        return bool(guards) and not any(isinstance(g, AllowAny) for g in guards)

    def _is_idempotent(self) -> bool:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(getattr(self.view, name, None), "is_idempotent", False)
