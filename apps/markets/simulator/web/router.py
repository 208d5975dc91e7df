"""From method and path to a handler; small, because API v4's paths are simple."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.markets.simulator.web.errors import GateError

if TYPE_CHECKING:
    from apps.markets.simulator.web.context import Call

Handler = Callable[["Call"], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """``quota`` names the rate limit that a call counts against; "" is public.

    ``writes`` marks calls that a key with reading rights may not make.
    """

    pattern: str
    handler: Handler
    quota: str = ""
    writes: bool = False

    @property
    def is_private(self) -> bool:
        return bool(self.quota)


@dataclass
class Router:
    """Fixed paths first, then patterns whose last part is caught by name."""

    _fixed: dict[str, dict[str, Route]] = field(default_factory=dict)
    _caught: dict[str, dict[str, Route]] = field(default_factory=dict)

    def route(
        self, method: str, pattern: str, *, quota: str = "", writes: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register a handler: ``@routes.route("GET", "/spot/orders/{id}")``."""

        def register(handler: Handler) -> Handler:
            head, brace, _ = pattern.partition("{")
            table = self._caught if brace else self._fixed
            entry = Route(pattern, handler, quota, writes)
            table.setdefault(head, {})[method] = entry
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route of a path without its root. Raises GateError: 404 or 405."""
        methods, names = self._methods(path)
        if method not in methods:
            raise GateError("METHOD_NOT_ALLOWED", f"Method {method} is not allowed")
        return methods[method], names

    def patterns(self) -> list[tuple[str, str]]:
        """Every (method, pattern), for tests that walk them all."""
        tables = (*self._fixed.values(), *self._caught.values())
        return [
            (method, route.pattern)
            for methods in tables
            for method, route in methods.items()
        ]

    def _methods(self, path: str) -> tuple[dict[str, Route], dict[str, str]]:
        if path in self._fixed:
            return self._fixed[path], {}
        head, _, last = path.rpartition("/")
        methods = self._caught.get(head + "/")
        if not methods or not last:
            raise GateError("NOT_FOUND", "Request path not found")
        pattern = next(iter(methods.values())).pattern
        return methods, {pattern[pattern.index("{") + 1 : -1]: last}
