"""From a file or a class to its lines in the list."""

from pathlib import Path

from apps.strategies.authoring.strategy import Strategy
from apps.strategies.registry.entries import Entry, Source
from apps.strategies.registry.files import load_file
from apps.strategies.registry.names import strategy_name


def folder_entries(folder: Path, source: Source) -> list[Entry]:
    """Those of every ``*.py`` in the folder whose name does not start with ``_``.

    A folder that does not exist is empty: it appears with the first starter.
    """
    files = sorted(folder.glob("[!_]*.py"))
    return [entry for file in files for entry in _entries_of(file, source)]


def entry_of(
    strategy: type[Strategy],
    source: Source,
    file: Path,
    source_hash: str,
    package: str = "",
) -> Entry:
    return Entry(
        name=strategy_name(strategy.__name__),
        source=source,
        file=file,
        source_hash=source_hash,
        package=package,
        strategy=strategy,
        description=strategy.description(),
        parameters=[p.describe() for p in strategy.parameters().values()],
    )


def _entries_of(file: Path, source: Source) -> list[Entry]:
    loaded = load_file(file)
    if loaded.error:
        return [Entry(file.stem, source, file, loaded.source_hash, error=loaded.error)]
    return [
        entry_of(strategy, source, file, loaded.source_hash)
        for strategy in loaded.strategies
    ]
