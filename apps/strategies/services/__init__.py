"""Verbs: keep the catalogue, ask for a backtest, run it."""

from apps.strategies.services.backtests import BacktestRequest, delete, request_backtest
from apps.strategies.services.catalogue import sync_strategies

__all__ = ["BacktestRequest", "delete", "request_backtest", "sync_strategies"]
