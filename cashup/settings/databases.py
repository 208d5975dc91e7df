"""Connection settings that were proved under concurrent writers."""

from typing import Any

# IMMEDIATE takes the write lock at BEGIN: with SQLite's default, concurrent
# read-then-write transactions fail with "database is locked" instead of waiting.
SQLITE_OPTIONS = {
    "timeout": 10,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA busy_timeout=10000;"
        "PRAGMA cache_size=-64000;PRAGMA mmap_size=268435456;PRAGMA temp_store=MEMORY;"
    ),
}
POSTGRESQL_OPTIONS = {"pool": {"min_size": 1, "max_size": 12, "timeout": 10}}


def with_options(database: dict[str, Any]) -> dict[str, Any]:
    """The parsed ``DATABASE_URL`` with the options its engine needs."""
    if database["ENGINE"].endswith("sqlite3"):
        return {**database, "OPTIONS": SQLITE_OPTIONS}
    # A pool keeps the connections, so Django must not.
    return {**database, "CONN_MAX_AGE": 0, "OPTIONS": POSTGRESQL_OPTIONS}
