"""Verbs of the market room."""

from apps.markets.services.candles import (
    Imported,
    delete_series,
    ensure_instrument,
    ensure_series,
    export_series,
    import_file,
)

__all__ = [
    "Imported",
    "delete_series",
    "ensure_instrument",
    "ensure_series",
    "export_series",
    "import_file",
]
