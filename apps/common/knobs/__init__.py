"""Typed settings of the running desk: declared in code, read through one door.

``declare`` names one with its type, bounds and default; ``value`` reads what is in
force; ``change`` stores another value, with its author in the audit trail. The
database wins over the environment, and the environment over the default.
"""

from apps.common.knobs.declaring import Knob, declare, declared
from apps.common.knobs.reading import InForce, in_force, value
from apps.common.knobs.writing import change, reset

__all__ = [
    "InForce",
    "Knob",
    "change",
    "declare",
    "declared",
    "in_force",
    "reset",
    "value",
]
