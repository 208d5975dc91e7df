"""The state at one journal line, so that a start need not read every line."""

import os
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from apps.markets.simulator.core.accounts import Balance
from apps.markets.simulator.core.errors import JournalBroken
from apps.markets.simulator.core.exact import exactly
from apps.markets.simulator.core.journal import GENESIS, Operation, operations
from apps.markets.simulator.core.lines import (
    account_line,
    account_of,
    entry_of,
    fill_of,
    instrument_of,
    order_of,
    to_line,
    trigger_line,
    trigger_of,
)
from apps.markets.simulator.core.replay import Replay
from apps.markets.simulator.core.state import Counters, State
from apps.markets.simulator.core.storage import Storage, sync_folder

NAME = "snapshot.json"


@dataclass(slots=True)
class Restored:
    """A state, and the journal's line, hash and size which it stands for."""

    state: State
    lines: int = 0
    head: str = GENESIS
    size: int = 0
    snapshot_lines: int = 0


@exactly
def restore(storage: Storage, folder: Path | None, upto: int | None = None) -> Restored:
    """State after the last complete operation: a snapshot, if any, and what follows.

    ``upto`` leaves out what stands behind that line.

    The chain is checked from the first line on. Raises JournalBroken.
    """
    snapshot = _read(folder)
    restored = snapshot or Restored(State())
    skipped = restored.snapshot_lines = restored.lines
    replay = Replay(restored.state)
    last = Operation([], 0, GENESIS, 0)
    for operation in operations(storage):
        if upto is not None and operation.number > upto:
            break
        last = operation
        if last.number > skipped:
            _apply(replay, last.lines, last.number)
        elif last.number == skipped and last.head != restored.head:
            raise JournalBroken(skipped, "the snapshot knows another hash for it")
    if last.number < skipped:
        raise JournalBroken(last.number, f"the snapshot knows {skipped} lines")
    restored.lines, restored.head, restored.size = last.number, last.head, last.size
    return restored


def write_snapshot(storage: Storage, folder: Path, upto: int) -> int:
    """Replace the snapshot by one of the first ``upto`` lines, which are durable."""
    restored = restore(storage, folder, upto)
    data = orjson.dumps(
        {
            "lines": restored.lines,
            "head": restored.head,
            "size": restored.size,
            "state": dump(restored.state),
        }
    )
    new = folder / f"{NAME}.new"
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / NAME)
    sync_folder(folder)
    return restored.lines


def dump(state: State) -> dict[str, Any]:
    """Everything in a state, as JSON takes it."""
    return {
        "instruments": [to_line(value) for value in state.instruments.values()],
        "accounts": [account_line(value) for value in state.accounts.values()],
        "balances": [
            [account.id, currency, str(balance.available), str(balance.locked)]
            for account in state.accounts.values()
            for currency, balance in account.balances.items()
        ],
        "orders": [to_line(order) for order in state.orders.values()],
        "finished": [order.id for kept in state.finished.values() for order in kept],
        "fills": [to_line(fill) for kept in state.fills.values() for fill in kept],
        "entries": [
            [account_id, to_line(entry)]
            for account_id, kept in state.entries.items()
            for entry in kept
        ],
        "triggers": [trigger_line(trigger) for trigger in state.triggers.values()],
        "counters": asdict(state.counters),
        "last_ms": state.last_ms,
    }


def load(data: dict[str, Any]) -> State:
    """The state that ``dump`` gave."""
    state = State(counters=Counters(**data["counters"]), last_ms=data["last_ms"])
    for line in data["instruments"]:
        state.instruments[line["id"]] = instrument_of(line)
    for line in data["accounts"]:
        state.accounts[line["id"]] = account_of(line)
    for account_id, currency, available, locked in data["balances"]:
        state.accounts[account_id].balances[currency] = Balance(
            Decimal(available), Decimal(locked)
        )
    for line in data["orders"]:
        _load_order(state, line)
    for number in data["finished"]:
        order = state.orders[number]
        state.finished[order.account_id].append(order)
    for line in data["fills"]:
        state.fills[line["account_id"]].append(fill_of(line))
    for account_id, line in data["entries"]:
        state.entries[account_id].append(entry_of(line))
    for line in data["triggers"]:
        state.triggers[line["id"]] = trigger_of(line)
    return state


def _load_order(state: State, line: dict[str, Any]) -> None:
    order = order_of(line)
    state.orders[order.id] = order
    state.texts[order.account_id, order.text] = order.id
    if order.is_open:
        state.open[order.account_id][order.id] = order


@exactly
def _read(folder: Path | None) -> Restored | None:
    """A snapshot that cannot be read is passed over: the journal has it all."""
    if folder is None or not (folder / NAME).exists():
        return None
    try:
        data = orjson.loads((folder / NAME).read_bytes())
        state = load(data["state"])
        return Restored(state, data["lines"], data["head"], data["size"])
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return None


def _apply(replay: Replay, group: list[bytes], number: int) -> None:
    at = number - len(group)
    try:
        for raw in group:
            at += 1
            replay.apply(orjson.loads(raw))
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise JournalBroken(at, f"unreadable: {error!r}") from None
