"""The backtests that established libraries made of the shared data."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from apps.markets.candles.bars import Bars
from apps.strategies.authoring.signals import Bools, Levels, Signals
from apps.strategies.authoring.strategy import Strategy
from apps.strategies.library.donchian_breakout import DonchianBreakout
from apps.strategies.library.ema_cross import EmaCross
from apps.strategies.library.rsi_reversal import RsiReversal

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("CASHUP_SHARED", ROOT.parent / "shared"))
REFERENCE = SHARED / "reference"

CLOSE_FILL = {"fill": "signal-close"}
NEXT_BAR = {"levels_from": "next-bar"}
SPOT = {"cash": 100_000, "fee": 0.001, "rounding": "none"}
FUTURES = {
    "cash": 1_000_000,
    "fee": 0.0005,
    "rounding": "none",
    "sizing": "fixed",
    "size": 1,
}

# What a variant's `differs_from_common` means in our options, stops and targets apart.
VARIANTS: Mapping[str, Mapping[str, object]] = {
    "S1": SPOT,
    "S1_closefill": SPOT | CLOSE_FILL,
    "S1_step5": SPOT | {"rounding": "lot", "step": 0.00001},
    "S1_slip5": SPOT | {"slippage": 0.0005},
    "S2": SPOT,
    "S3_next": SPOT | NEXT_BAR,
    "S3_next_stopfirst": SPOT | NEXT_BAR | {"level_order": "stop-first"},
    "S3_entrybar": SPOT,
    "S3_signalclose": SPOT | {"levels_base": "signal-close"},
    "S3_closefill": SPOT | CLOSE_FILL,
    "S4_T1": SPOT | NEXT_BAR | {"trail_from": "after-entry"},
    "S4_T2": SPOT | NEXT_BAR | {"trail_from": "entry-bar"},
    "S5_noslip": FUTURES,
    "S5_slip": FUTURES | {"slippage": 0.0002},
}
# Peers whose every number the README asks us to match; others in part.
EXACT_PEERS = {"backtesting.py", "vectorbt"}
RELATIVE = {"nautilus_trader": 2e-9}
# freqtrade sizes otherwise: its times, sides and prices are the reference.
TIMES_AND_PRICES = {"freqtrade"}
PARTIAL = {
    ("S1", "freqtrade"),
    ("S2", "freqtrade"),
    ("S3_entrybar", "freqtrade"),
    ("S1_closefill", "nautilus_trader"),
}


@dataclass(frozen=True)
class Case:
    """One variant of one file, with the results of every peer to match."""

    file: str
    data_file: str
    variant: str
    results: tuple[Mapping[str, Any], ...]

    @property
    def is_tight(self) -> bool:
        return self.file.endswith("_tight")

    @property
    def options(self) -> dict[str, object]:
        options = dict(VARIANTS[self.variant])
        if self.variant.startswith("S3"):
            stop, target = (0.006, 0.008) if self.is_tight else (0.03, 0.06)
            options |= {"stop_loss": stop, "take_profit": target}
        return options

    @property
    def trailing_stop(self) -> float:
        return 0.005 if self.is_tight else 0.02

    def strategy(self) -> Strategy:
        """Our own indicators and rules for what the reference describes."""
        kind = self.variant[:2]
        if kind == "S2":
            return RsiReversal()
        if kind == "S4":
            return DonchianBreakout(trailing_stop=self.trailing_stop)
        return EmaCross(fast=12, slow=26, short=kind == "S5")

    def recorded_signals(self, bars: Bars) -> Signals:
        """The signals the reference lists, on their bars."""
        on = _recorded(self.data_file, bars)
        kind = self.variant[:2]
        if kind == "S2":
            return Signals(
                enter_long=on["rsi14_below_30"], exit_long=on["rsi14_above_70"]
            )
        if kind == "S4":
            levels = Levels(trailing_stop=self.trailing_stop)
            return Signals(enter_long=on["close_above_prior_20_high"], levels=levels)
        up, down = on["ema12_crosses_above_ema26"], on["ema12_crosses_below_ema26"]
        if kind == "S5":
            return Signals(
                enter_long=up, exit_long=down, enter_short=down, exit_short=up
            )
        return Signals(enter_long=up, exit_long=down)


def cases() -> list[Case]:
    """Every variant we promise, in every reference file there is."""
    found = []
    for path in sorted(REFERENCE.glob("backtest_*.json")):
        content = json.loads(path.read_text())
        for variant in content["variants"]:
            name = variant["variant"]
            if name in VARIANTS:
                results = tuple(_matched(name, variant["results"]))
                found.append(Case(path.stem, content["data_file"], name, results))
    return found


@cache
def bars_of(data_file: str) -> Bars:
    table = pq.read_table(SHARED / "data" / data_file)
    columns = (table[name].to_numpy() for name in table.column_names)
    return Bars(*columns, timeframe=data_file.removesuffix(".parquet").split("_")[-1])


def _matched(variant: str, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results to match, a peer's trades filled in where they are another's."""
    trades = {result["peer"]: result for result in results if "trades" in result}
    matched = []
    for result in results:
        peer = result["peer"]
        is_exact = peer in EXACT_PEERS
        # A `variant_of_peer` is the same peer set up otherwise.
        is_partial = (variant, peer) in PARTIAL and "variant_of_peer" not in result
        if is_exact or is_partial:
            source = trades[result.get("trades_same_as", peer)]
            own = {"columns": source["columns"], "trades": source["trades"]}
            matched.append({**own, **result})
    return matched


def _recorded(data_file: str, bars: Bars) -> dict[str, Bools]:
    name = f"signals_{data_file.removesuffix('.parquet')}.json"
    content = json.loads((REFERENCE / name).read_text())
    return {
        key: np.isin(bars.time_ms, times) for key, times in content["signals"].items()
    }
