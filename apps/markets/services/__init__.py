"""Verbs of the market room."""

from apps.markets.services.candles import (
    Imported,
    delete_series,
    ensure_instrument,
    ensure_series,
    export_series,
    import_file,
)
from apps.markets.services.demo import load_demo

__all__ = [
    "Imported",
    "delete_series",
    "ensure_instrument",
    "ensure_series",
    "export_series",
    "import_file",
    "load_demo",
]
