"""Admin pages of the market room: Data, instruments, exchanges."""

from apps.markets.admin.exchanges import ExchangeAdmin
from apps.markets.admin.history import DownloadAdmin, TopUpAdmin
from apps.markets.admin.instruments import InstrumentAdmin
from apps.markets.admin.series import SeriesAdmin
from apps.markets.admin.watch_lists import WatchListAdmin

__all__ = [
    "DownloadAdmin",
    "ExchangeAdmin",
    "InstrumentAdmin",
    "SeriesAdmin",
    "TopUpAdmin",
    "WatchListAdmin",
]
