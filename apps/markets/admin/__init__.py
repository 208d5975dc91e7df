"""Admin pages of the market room: Data, instruments, exchanges."""

from apps.markets.admin.markets import ExchangeAdmin, InstrumentAdmin
from apps.markets.admin.series import SeriesAdmin

__all__ = ["ExchangeAdmin", "InstrumentAdmin", "SeriesAdmin"]
