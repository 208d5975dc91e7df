"""Strategies of installed packages, announced by the entry point ``cashup.strategies``.

The entry point names a strategy class (``acme.trend:Breakout``) or a module, all of
whose strategies are taken.
"""

import hashlib
import inspect
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from apps.strategies.authoring.strategy import Strategy
from apps.strategies.registry.entries import Entry, LoadError, Source
from apps.strategies.registry.files import load_error, strategies_in
from apps.strategies.registry.reading import entry_of

GROUP = "cashup.strategies"


def package_entries() -> list[Entry]:
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [entry for point in points for entry in _entries_of(point)]


def _entries_of(point: EntryPoint) -> list[Entry]:
    try:
        strategies = _strategies_of(point.load())
        return [_entry(point, strategy) for strategy in strategies]
    except (Exception, SystemExit) as error:  # whatever a package does, the others load
        return [_failed(point, error)]


def _strategies_of(found: object) -> tuple[type[Strategy], ...]:
    if isinstance(found, type) and issubclass(found, Strategy):
        return (found,)
    if isinstance(found, ModuleType) and (strategies := strategies_in(found)):
        return strategies
    raise TypeError(f"{found!r} is no Strategy class and no module with one")


def _entry(point: EntryPoint, strategy: type[Strategy]) -> Entry:
    file = Path(inspect.getfile(strategy))
    content = file.read_bytes() + _package(point).encode()
    source_hash = hashlib.sha256(content).hexdigest()
    return entry_of(strategy, Source.PACKAGE, file, source_hash, _package(point))


def _failed(point: EntryPoint, error: BaseException) -> Entry:
    file = Path(point.module.replace(".", "/") + ".py")
    found = load_error(error, file)
    shown = LoadError(found.kind, found.message, point.value, found.line)
    return Entry(point.name, Source.PACKAGE, file, "", _package(point), error=shown)


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else ""
