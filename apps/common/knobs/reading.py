"""What is in force, and where it comes from."""

import logging
import os
import time
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from django.db import DatabaseError

from apps.common.errors import InvalidInput
from apps.common.knobs.declaring import Knob
from apps.common.models import StoredSetting

logger = logging.getLogger(__name__)

T = TypeVar("T")
Origin = Literal["default", "environment", "database"]

# A change is felt by every process within this time, without a message to lose.
KEPT_S = 2.0


@dataclass(frozen=True, slots=True)
class InForce:
    """A setting's value and the place it was said at."""

    value: Any
    origin: Origin


class _Stored:
    """The stored values as last read."""

    values: dict[str, Any] = {}  # replaced as a whole, never changed
    read_at = float("-inf")


def value(knob: Knob[T]) -> T:
    """The value in force."""
    found: T = in_force(knob).value
    return found


def in_force(knob: Knob[Any]) -> InForce:
    """The value and its origin; a bad one is logged and the next place asked."""
    stored = _stored()
    for origin, given in (
        ("database", stored.get(knob.name)),
        ("environment", os.environ.get(knob.environment_name)),
    ):
        if given is None:
            continue
        try:
            return InForce(knob.parameter.parse(given), origin)  # type: ignore[arg-type]
        except InvalidInput as error:
            fields = {"setting": knob.name, "origin": origin, "error": str(error)}
            logger.error("setting.invalid", extra=fields)
    return InForce(knob.parameter.default, "default")


def forget() -> None:
    """Read the database again at the next question."""
    _Stored.read_at = float("-inf")


def _stored() -> dict[str, Any]:
    if time.monotonic() - _Stored.read_at < KEPT_S:
        return _Stored.values
    try:
        _Stored.values = dict(StoredSetting.objects.values_list("name", "value"))
    except DatabaseError:
        # What was in force stays in force while the database is away.
        logger.warning("settings.not_read")
    _Stored.read_at = time.monotonic()
    return _Stored.values
