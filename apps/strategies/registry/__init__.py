"""Which strategies there are: those of the library, of folders and of packages.

Python never comes in through the web: only files somebody put on the machine are read.
"""

from apps.strategies.registry.discovery import discover, find, load
from apps.strategies.registry.entries import Entry, LoadError, Source
from apps.strategies.registry.starter import starter_source, write_starter

__all__ = [
    "Entry",
    "LoadError",
    "Source",
    "discover",
    "find",
    "load",
    "starter_source",
    "write_starter",
]
