"""Serializers that refuse by name what they do not know, at every depth."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.common.api.fields import ExactDecimalField, UtcDateTimeField


class StrictMixin:
    """Unknown names and values for read-only fields are errors, not silence.

    Nested serializers must be strict too; then their unknown names are reported
    under their path (``legs.0.sid``) in the same answer as all other errors.
    """

    def to_internal_value(self, data: Any) -> Any:
        refused = self._refused(data)
        try:
            value = super().to_internal_value(data)  # type: ignore[misc]
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                raise serializers.ValidationError({**refused, **error.detail}) from None
            raise
        if refused:
            raise serializers.ValidationError(refused)
        return value

    def _refused(self, data: Any) -> dict[str, list[str]]:
        if not isinstance(data, dict):
            return {}
        fields: dict[str, serializers.Field] = self.fields  # type: ignore[attr-defined]
        refused = {}
        for name in data:
            if name not in fields:
                refused[str(name)] = [_("This field is unknown.")]
            elif fields[name].read_only:
                refused[str(name)] = [_("This field cannot be set.")]
        return refused


class StrictSerializer(StrictMixin, serializers.Serializer):
    """The base of every request and answer that is not a model's."""


class StrictModelSerializer(StrictMixin, serializers.ModelSerializer):
    """The base of every serializer of a model."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DecimalField: ExactDecimalField,
        models.DateTimeField: UtcDateTimeField,
    }


class FieldProblemSerializer(serializers.Serializer):
    """One broken rule."""

    field = serializers.CharField(
        allow_blank=True, help_text="Dotted path, empty when it is about the whole."
    )
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """An error answer (RFC 9457), sent as application/problem+json."""

    type = serializers.CharField(help_text="urn:cashup:problem: and the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    field = serializers.CharField(
        allow_null=True, help_text="The first field to blame, if any."
    )
    errors = FieldProblemSerializer(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField(help_text="Find the request in the logs by it.")
