"""What either engine hands over after the last bar."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from apps.markets.candles.bars import Floats
from apps.strategies.backtest.records import REFUSAL, TRADE, Records
from apps.strategies.backtest.twin import Twin


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """Records and sums of one walk; ``side`` 0 means nothing is held."""

    trades: Records
    refusals: Records
    equity: Floats
    side: int
    quantity: float
    entry_index: int
    entry_price: float
    entry_fee: float
    fees: float
    slippage: float
    held_value: float
    halted_index: int

    @classmethod
    def from_state(
        cls, state: Records, trades: Records, refusals: Records, equity: Floats
    ) -> Self:
        """From the kernel's one state record and its arrays, cut to what was used."""
        values = dict(zip(state.dtype.names, state[0].tolist(), strict=True))
        return cls(
            trades=trades[: values["trades"]],
            refusals=refusals[: values["refusals"]],
            equity=equity,
            side=values["side"],
            quantity=values["quantity"],
            entry_index=values["entry_index"],
            entry_price=values["entry_price"],
            entry_fee=values["entry_fee"],
            fees=values["fees"],
            slippage=values["slipped"],
            held_value=values["held_value"],
            halted_index=values["halted_index"],
        )

    @classmethod
    def from_twin(cls, twin: Twin) -> Self:
        position = twin.position
        return cls(
            trades=np.array(twin.trades, dtype=TRADE),
            refusals=np.array(twin.refusals, dtype=REFUSAL),
            equity=np.array(twin.equity),
            side=position.side if position else 0,
            quantity=position.quantity if position else 0.0,
            entry_index=position.entry_index if position else 0,
            entry_price=position.entry_price if position else 0.0,
            entry_fee=position.entry_fee if position else 0.0,
            fees=twin.fees,
            slippage=twin.slipped,
            held_value=twin.held_value,
            halted_index=twin.halted_index,
        )
