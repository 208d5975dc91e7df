"""The records the kernel fills: one row per trade, one per refused order."""

from typing import Any, Final, get_type_hints

import numpy as np

from apps.strategies.backtest.terms import Terms

TRADE: Final = np.dtype(
    [
        ("entry_ms", np.int64),
        ("exit_ms", np.int64),
        ("entry_index", np.int64),
        ("exit_index", np.int64),
        ("side", np.int64),
        ("exit_reason", np.int64),
        ("entry_price", np.float64),
        ("exit_price", np.float64),
        ("quantity", np.float64),
        ("fee", np.float64),
        ("profit", np.float64),
        ("profit_ratio", np.float64),
        ("best_ratio", np.float64),
        ("worst_ratio", np.float64),
    ]
)
REFUSAL: Final = np.dtype(
    [
        ("time_ms", np.int64),
        ("index", np.int64),
        ("side", np.int64),
        ("reason", np.int64),
        ("quantity", np.float64),
        ("price", np.float64),
    ]
)
# What the account holds between two bars; the twin has the same under the same names.
STATE: Final = np.dtype(
    [
        ("cash", np.float64),
        ("side", np.int64),
        ("quantity", np.float64),
        ("entry_index", np.int64),
        ("entry_price", np.float64),
        ("entry_fee", np.float64),
        ("stop", np.float64),
        ("target", np.float64),
        ("mark", np.float64),
        ("highest", np.float64),
        ("lowest", np.float64),
        ("pending", np.int64),
        ("signal_close", np.float64),
        ("closes", np.float64),
        ("fees", np.float64),
        ("slipped", np.float64),
        ("held_value", np.float64),
        ("trades", np.int64),
        ("refusals", np.int64),
        ("halted_index", np.int64),
    ]
)
TERMS: Final = np.dtype(
    [(name, np.dtype(kind)) for name, kind in get_type_hints(Terms).items()]
)
# Compiled code reads fields as attributes, for which numpy has no type.
Record = Any
Records = Any

# Market orders waiting for their fill, as bits.
LEAVE: Final = 1
GO_LONG: Final = 2
GO_SHORT: Final = 4
