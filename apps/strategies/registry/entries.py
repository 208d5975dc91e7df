"""One line of the list of strategies: a usable class, or why there is none."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from apps.strategies.authoring.strategy import Strategy


class Source(StrEnum):
    """Where a strategy comes from."""

    LIBRARY = "library"
    FOLDER = "folder"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class LoadError:
    """Why a file gives no strategy. ``line`` is in ``file``, and 0 when unknown."""

    kind: str
    message: str
    file: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{self.kind}: {self.message} ({place})"


@dataclass(frozen=True, slots=True)
class Entry:
    """A strategy by its unique name, or an error under the name it would have had.

    ``source_hash`` is the SHA-256 of the file's bytes as they were run, and for a
    package also of its name and version, which ``package`` shows.
    """

    name: str
    source: Source
    file: Path
    source_hash: str
    package: str = ""
    strategy: type[Strategy] | None = None
    error: LoadError | None = None
    description: str = ""
    parameters: list[dict[str, Any]] = field(default_factory=list)
