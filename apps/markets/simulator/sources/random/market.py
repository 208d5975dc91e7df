"""What a random market looks like: its level, its steps, its activity."""

import hashlib
from dataclasses import dataclass

import numpy as np

from apps.markets.simulator.sources.grid import Grid


@dataclass(frozen=True, slots=True)
class SyntheticMarket:
    """``first_price`` in quote; ``tick_size`` in quote; ``volume`` base units a minute.

    ``volatility`` multiplies the regimes' own.
    """

    first_price: float
    tick_size: float
    lot_size: float
    volume: float
    volatility: float = 1.0

    @property
    def grid(self) -> Grid:
        return Grid.of(str(self.tick_size), str(self.lot_size))


def generator(seed: int, name: str, stream: int, block: int) -> np.random.Generator:
    """Independent draws for one block of time: any block can be made alone."""
    named = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    sequence = np.random.SeedSequence([seed, named], spawn_key=(stream, block))
    return np.random.Generator(np.random.PCG64(sequence))
