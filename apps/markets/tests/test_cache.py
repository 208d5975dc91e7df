"""The files in front of the store: shared, sound, bounded."""

import os

import numpy as np
import pytest

from apps.markets.candles import cache
from apps.markets.factories import make_bars
from apps.markets.tests.comparing import NAMES, same

KEY = "a" * 64


def words_of(bars):
    return np.stack([getattr(bars, name).view(np.int64) for name in NAMES])


def test_saved_bars_load_without_a_copy(folder):
    bars = make_bars(100)
    cache.save(KEY, words_of(bars))

    loaded = cache.load(KEY, "1h")

    assert same(loaded, bars)
    base = loaded.close
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


def test_an_unknown_hash_loads_nothing():
    assert cache.load(KEY, "1h") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-100],
        lambda data: b"",
        lambda data: b"garbage",
        lambda data: data[:1000] + bytes([data[1000] ^ 1]) + data[1001:],
        lambda data: data[:128] + bytes(len(data) - 128),
    ],
    ids=["cut", "empty", "garbage", "one bit", "zeros"],
)
def test_a_damaged_file_is_thrown_away(folder, damage):
    cache.save(KEY, words_of(make_bars(100)))
    file = folder / f"{KEY}.npy"
    file.write_bytes(damage(file.read_bytes()))

    assert cache.load(KEY, "1h") is None
    assert not file.exists()


def test_a_full_disk_costs_only_the_file(folder, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "_write", full)

    cache.save(KEY, words_of(make_bars(100)))

    assert list(folder.iterdir()) == []


def test_the_file_used_longest_ago_goes_first(folder):
    size = 0
    for place, key in enumerate("abc"):
        cache.save(key * 64, words_of(make_bars(100)))
        file = folder / f"{key * 64}.npy"
        size = file.stat().st_size
        os.utime(file, (1000 + place, file.stat().st_mtime))
    cache.load("a" * 64, "1h")

    cache.evict(keep=folder / f"{'c' * 64}.npy", limit_bytes=2 * size)

    assert sorted(file.stem[0] for file in folder.iterdir()) == ["a", "c"]


def test_mapped_bars_outlive_their_file(folder):
    cache.save(KEY, words_of(bars := make_bars(100)))
    loaded = cache.load(KEY, "1h")

    (folder / f"{KEY}.npy").unlink()

    assert same(loaded, bars)
