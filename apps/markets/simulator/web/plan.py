"""What an exchange is to be: its market, its accounts, its port."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from apps.common.money import decimal
from apps.markets.candles.bars import Bars
from apps.markets.simulator.core.quirks import Quirks
from apps.markets.simulator.core.venue import GATES_HABITS
from apps.markets.simulator.sources.grid import Grid
from apps.markets.simulator.sources.random import SyntheticMarket
from apps.markets.simulator.sources.tape import Prints

SourceName = Literal["random", "replay", "mirror"]
LimitFill = Literal["through", "touch"]
FASTEST: Final = 100_000
MARKETS: Final = {
    "BTC_USDT": SyntheticMarket(42_000, 0.1, 0.00001, 1.4),
    "ETH_USDT": SyntheticMarket(2_300, 0.01, 0.0001, 22, 1.2),
    "SOL_USDT": SyntheticMarket(95, 0.01, 0.001, 620, 1.5),
}


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """An account with one key and its first deposits."""

    key: str
    secret: str = field(repr=False)
    deposits: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Recording:
    """Bars or trades to replay as one instrument, and the steps its prices stand on."""

    instrument: str
    data: Bars | Prints
    grid: Grid

    @property
    def start_ms(self) -> int:
        """Of the first bar or trade."""
        return int(self.data.time_ms[0])


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. ``folder`` None keeps nothing; ``speed`` 0 is stepped.

    ``recordings`` are for a replay, ``mirrored`` (instrument: its steps) for a mirror,
    which without it shows what the random market has.
    ``limit_fill``: whether a replay fills a waiting order when the price goes through
    it, as a backtest does, or already when it touches it. ``token`` opens /sim.
    """

    port: int = 0
    folder: Path | None = None
    source: SourceName = "random"
    seed: int = 1
    speed: float = 1.0
    accounts: Sequence[AccountPlan] = ()
    recordings: Sequence[Recording] = ()
    mirrored: Mapping[str, Grid] = field(default_factory=dict)
    limit_fill: LimitFill = "through"
    token: str = field(default="", repr=False)
    quirks: Quirks = GATES_HABITS
    has_limits: bool = True

    def check(self) -> None:
        """Raises ValueError naming what cannot be run."""
        if not math.isfinite(self.speed) or not 0 <= self.speed <= FASTEST:
            raise ValueError(f"speed {self.speed:g} is not from 0 to {FASTEST}")
        if self.source == "replay":
            self._check_recordings()
        if self.source == "mirror" and self.speed not in (0, 1):
            raise ValueError("a mirror runs in real time (1) or stepped (0)")

    def _check_recordings(self) -> None:
        if not self.recordings:
            raise ValueError("a replay needs recordings")
        names = [recording.instrument for recording in self.recordings]
        if len(set(names)) < len(names):
            raise ValueError(f"an instrument is recorded twice in {', '.join(names)}")
        for recording in self.recordings:
            if not len(recording.data.time_ms):
                raise ValueError(f"the recording of {recording.instrument} is empty")


def account_of(text: str) -> AccountPlan:
    """``KEY:SECRET:USDT=10000,BTC=1``. Raises ValueError naming what is wrong."""
    parts = text.split(":")
    if len(parts) != 3 or not all(parts):
        raise ValueError("an account is KEY:SECRET:USDT=10000,BTC=1")
    deposits = {}
    for item in parts[2].split(","):
        currency, _, amount = item.partition("=")
        if not currency.isalnum() or decimal(amount or "-", field=currency) < 0:
            raise ValueError(f"{item} is not an amount such as USDT=10000")
        deposits[currency.upper()] = decimal(amount)
    return AccountPlan(parts[0], parts[1], deposits)
