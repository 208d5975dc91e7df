"""Changing a setting, with the change in the audit trail."""

from typing import Any

from django.db import transaction

from apps.common import audit, clock
from apps.common.knobs.declaring import find
from apps.common.knobs.reading import forget, in_force
from apps.common.models import StoredSetting


def change(name: str, raw: object, *, actor: Any = None) -> Any:
    """Store a value; it is in force everywhere within seconds. Returns it typed.

    Raises NotFound for a name nobody declared, InvalidInput for a value its rules
    forbid; nothing is changed then.
    """
    knob = find(name)
    value = knob.parameter.parse(raw)
    with transaction.atomic():
        before = in_force(knob).value
        StoredSetting.objects.update_or_create(
            name=name,
            defaults={"value": value, "changed_by": actor, "changed_at": clock.now()},
        )
        changes = {name: [before, value]}
        audit.record("setting.changed", actor=actor, changes=changes)
    forget()
    return value


def reset(name: str, *, actor: Any = None) -> None:
    """Back to what the environment or the default says. Raises NotFound."""
    knob = find(name)
    with transaction.atomic():
        before = in_force(knob).value
        if StoredSetting.objects.filter(name=name).delete()[0]:
            changes = {name: [before, None]}
            audit.record("setting.reset", actor=actor, changes=changes)
    forget()
