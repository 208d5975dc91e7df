"""Questions about strategies and backtests; nothing here changes anything."""
