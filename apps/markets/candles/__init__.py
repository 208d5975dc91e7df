"""Candle history: a columnar, gap-aware store with one writer per series."""
