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
from apps.markets.simulator.core.journal import GENESIS, Group, groups
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
from apps.markets.simulator.core.orders import Trigger
from apps.markets.simulator.core.replay import BALANCE, Replay
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
    last = Group([], 0, GENESIS, 0)
    for group in groups(storage, skipped, upto or 0):
        if upto is not None and group.number > upto:
            break
        last = group
        if last.number > skipped:
            _apply(replay, last)
        elif last.number == skipped and last.head != restored.head:
            raise JournalBroken(skipped, "the snapshot knows another hash for it")
        if last.number == upto:
            break
    replay.finish()
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
        "triggers": [
            trigger_line(trigger)
            for kept in (*state.ended_triggers.values(), state.open_triggers.values())
            for trigger in kept
        ],
        "countdowns": [[*name, due_ms] for name, due_ms in state.countdowns.items()],
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
        _load_trigger(state, trigger_of(line))
    for account_id, instrument_id, due_ms in data["countdowns"]:
        state.set_countdown(account_id, instrument_id, due_ms)
    return state


def _load_order(state: State, line: dict[str, Any]) -> None:
    order = order_of(line)
    state.orders[order.id] = order
    state.texts[order.account_id, order.text] = order.id
    if order.is_open:
        state.open[order.account_id][order.id] = order


def _load_trigger(state: State, trigger: Trigger) -> None:
    if trigger.status == "open":
        state.add_trigger(trigger)
    else:
        state.triggers[trigger.id] = trigger
        state.ended_triggers[trigger.account_id].append(trigger)


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


def _apply(replay: Replay, group: Group) -> None:
    done, apply, hold, loads = 0, replay.apply, replay.hold, orjson.loads
    try:
        for raw in group.lines:
            # Half of a journal are balances, and only the last of each is needed.
            if BALANCE in raw:
                hold(raw)
            else:
                apply(loads(raw))
            done += 1
        replay.state.last_ms = loads(raw)["t"]
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        at = group.number - len(group.lines) + done + 1
        raise JournalBroken(at, f"unreadable: {error!r}") from None
