"""The desk's pages about backtests that are more than a list."""

from apps.strategies.pages.actions import cancel, delete_or_tell, export
from apps.strategies.pages.form import new, parameters, preview
from apps.strategies.pages.report import candles, report

__all__ = [
    "cancel",
    "candles",
    "delete_or_tell",
    "export",
    "new",
    "parameters",
    "preview",
    "report",
]
