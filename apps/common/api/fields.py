"""How money and time travel: decimals as exact strings, times as ISO 8601 in UTC."""

from datetime import UTC
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.common.money import DECIMAL_PLACES, MAX_DIGITS


class ExactDecimalField(serializers.DecimalField):
    """A decimal as a string without trailing zeros: ``"0.1"``, never ``0.1``.

    JSON numbers with a fraction are refused: they pass through a float on the way.
    """

    default_error_messages = {
        "float": _(
            'Send decimals as a string, such as "0.1"; a JSON number is inexact.'
        )
    }

    def __init__(
        self,
        max_digits: int | None = MAX_DIGITS,
        decimal_places: int | None = DECIMAL_PLACES,
        **options: Any,
    ) -> None:
        options.setdefault("normalize_output", True)
        super().__init__(max_digits, decimal_places, **options)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float):
            self.fail("float")
        return super().to_internal_value(data)


class UtcDateTimeField(serializers.DateTimeField):
    """ISO 8601 in UTC whatever zone a page has active; without a zone read as UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default_timezone": UTC, **options})
