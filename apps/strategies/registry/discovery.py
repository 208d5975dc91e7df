"""The list of strategies, and one of them by its name.

Files are read anew at every call, and run again only when their content changed: an
edited strategy is picked up without a restart.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from apps.common.errors import InvalidInput, NotFound
from apps.common.wording import gettext as _
from apps.strategies.authoring.strategy import Strategy
from apps.strategies.registry.entries import Entry, LoadError, Source
from apps.strategies.registry.packages import package_entries
from apps.strategies.registry.reading import folder_entries

LIBRARY = Path(__file__).resolve().parent.parent / "library"


def discover(folders: Sequence[Path] = ()) -> list[Entry]:
    """Library first, then the folders in their order, then installed packages.

    A file that cannot be run is an entry with an error, as is the later of two
    strategies of one name; neither keeps another from being listed.
    """
    found = folder_entries(LIBRARY, Source.LIBRARY)
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        found += folder_entries(folder, Source.FOLDER)
    return _without_clashes(found + package_entries())


def find(name: str, folders: Sequence[Path] = ()) -> Entry:
    """The usable entry of that name.

    Raises NotFound naming the known ones, or InvalidInput when its file has an error.
    """
    entries = discover(folders)
    usable = {entry.name: entry for entry in entries if entry.strategy}
    if name in usable:
        return usable[name]
    for entry in entries:
        if entry.name == name:
            message = _("strategy %(name)s cannot be used: %(error)s")
            facts = {"name": name, "error": entry.error}
            raise InvalidInput(message % facts, field="strategy")
    raise NotFound(_unknown(name, usable), field="strategy")


def load(name: str, folders: Sequence[Path] = ()) -> type[Strategy]:
    """The class of that name, from the file as it is now. Raises as ``find`` does."""
    strategy = find(name, folders).strategy
    assert strategy is not None
    return strategy


def _without_clashes(entries: Iterable[Entry]) -> list[Entry]:
    first: dict[str, Entry] = {}
    return [
        _clash(entry, first[entry.name])
        if entry.strategy and first.setdefault(entry.name, entry) is not entry
        else entry
        for entry in entries
    ]


def _clash(later: Entry, first: Entry) -> Entry:
    files = f"{later.file} and {first.file}"
    message = f"{files} both define {later.name}; rename one class"
    error = LoadError("NameClash", message, str(later.file))
    return replace(later, strategy=None, error=error)


def _unknown(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    facts = {
        "name": repr(name[:80]),
        "known": ", ".join(names),
        "close": "".join(close),
    }
    if not close:
        return _("There is no strategy %(name)s. Known: %(known)s.") % facts
    return (
        _("There is no strategy %(name)s. Did you mean %(close)s? Known: %(known)s.")
        % facts
    )
