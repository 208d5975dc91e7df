"""Strategies and backtests over the REST API."""
