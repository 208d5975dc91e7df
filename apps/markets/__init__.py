"""Public facts: exchanges, instruments, candles."""
