"""Each test has a candle cache of its own: equal candles share files on purpose."""

from pathlib import Path

import pytest

from apps.markets.candles import cache


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.CANDLE_CACHE_DIR = tmp_path / "candles"
    yield settings.CANDLE_CACHE_DIR
    cache.flush()
