"""Decisions: strategies, their parameters and their backtests."""
