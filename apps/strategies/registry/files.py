"""Running a strategy file: once per content, and never at the cost of another file."""

import hashlib
import importlib.abc
import importlib.util
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from types import ModuleType

from apps.common.wording import gettext_noop
from apps.strategies.authoring.strategy import Strategy
from apps.strategies.registry.entries import LoadError

_lock = RLock()
_loaded: dict[tuple[Path, str], "LoadedFile"] = {}


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """The strategies a file defines, in its order, or its error."""

    file: Path
    source_hash: str
    strategies: tuple[type[Strategy], ...] = ()
    error: LoadError | None = None


def load_file(file: Path) -> LoadedFile:
    """Runs the file unless this very content has been run before; thread-safe.

    A changed file runs under a fresh module name, so work in progress keeps the classes
    it began with.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        return LoadedFile(file, "", error=load_error(error, file))
    key = (file, hashlib.sha256(content).hexdigest())
    with _lock:
        if key not in _loaded:
            _loaded[key] = _run(file, content, key[1])
        return _loaded[key]


def strategies_in(module: ModuleType) -> tuple[type[Strategy], ...]:
    """The strategies the module defines itself; imported and abstract ones are not."""
    return tuple(
        value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Strategy)
        and value.__module__ == module.__name__
        and not value.is_abstract
        and name == value.__name__
    )


def load_error(error: BaseException, file: Path) -> LoadError:
    """Says where in ``file`` it happened, whatever the file called on the way."""
    line = 0
    if isinstance(error, SyntaxError):
        line = error.lineno or 0
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == str(file):
            line = frame.lineno or 0
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return LoadError(type(error).__name__, message, str(file), line)


def no_strategy(file: Path) -> LoadError:
    message = gettext_noop("the file defines no Strategy class")
    return LoadError("NoStrategy", message, str(file))


class _BytesLoader(importlib.abc.SourceLoader):
    """Runs exactly the bytes that were hashed, even if the file changes meanwhile."""

    def __init__(self, file: Path, content: bytes) -> None:
        self.file, self.content = file, content

    def get_filename(self, fullname: str) -> str:
        return str(self.file)

    def get_data(self, path: bytes | str) -> bytes:
        return self.content


def _run(file: Path, content: bytes, source_hash: str) -> LoadedFile:
    path_hash = hashlib.sha256(str(file).encode()).hexdigest()
    name = f"cashup_strategy_{file.stem}_{path_hash[:8]}_{source_hash[:16]}"
    try:
        module = _import(name, file, content)
    except (Exception, SystemExit) as error:  # whatever a file does, the others load
        sys.modules.pop(name, None)
        return LoadedFile(file, source_hash, error=load_error(error, file))
    if strategies := strategies_in(module):
        return LoadedFile(file, source_hash, strategies)
    return LoadedFile(file, source_hash, error=no_strategy(file))


def _import(name: str, file: Path, content: bytes) -> ModuleType:
    loader = _BytesLoader(file, content)
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses, pickles and type hints look their module up by name.
    sys.modules[name] = module
    loader.exec_module(module)
    return module
