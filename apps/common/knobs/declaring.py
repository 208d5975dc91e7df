"""Which settings there are."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from apps.common.errors import NotFound
from apps.common.parameters import Parameter
from apps.common.wording import gettext as _

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Knob(Generic[T]):
    """One setting; ``parameter`` carries its type, bounds, default and help."""

    name: str
    parameter: Parameter[T]

    @property
    def environment_name(self) -> str:
        """``jobs.lease_s`` is ``CASHUP_JOBS_LEASE_S``."""
        return "CASHUP_" + self.name.upper().replace(".", "_")


_declared: dict[str, Knob[Any]] = {}


def declare(name: str, parameter: Parameter[T]) -> Knob[T]:
    """Done once, at the top of the module that reads it. Raises ValueError if taken."""
    if name in _declared:
        raise ValueError(f"setting {name} is declared twice")
    parameter.name = name
    parameter.check_declaration()
    _declared[name] = Knob(name, parameter)
    return _declared[name]


def declared() -> list[Knob[Any]]:
    return sorted(_declared.values(), key=lambda knob: knob.name)


def find(name: str) -> Knob[Any]:
    try:
        return _declared[name]
    except KeyError:
        message = _("there is no setting %(name)s") % {"name": name}
        raise NotFound(message, field="name") from None
