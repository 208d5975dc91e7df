"""The dead man's handle: orders that are cancelled unless their owner calls again.

In the exchange's time and in the journal, so that neither a stepped clock nor a restart
lets orders stand whose owner is gone.
"""

from apps.markets.simulator.core.floor import Floor


class Countdowns:
    """One countdown per account and instrument, and one for all of its instruments."""

    def __init__(self, floor: Floor) -> None:
        self.state = floor.state
        self.record = floor.record

    def set(self, account_id: str, instrument_id: str, timeout_ms: int) -> None:
        """Begin anew, or stop at 0. The caller commits."""
        due_ms = self.record.now_ms() + timeout_ms if timeout_ms else 0
        if not due_ms and (account_id, instrument_id) not in self.state.countdowns:
            return
        self.state.set_countdown(account_id, instrument_id, due_ms)
        self.record.line(
            "countdown", account=account_id, instrument=instrument_id, due_ms=due_ms
        )

    def due(self) -> list[tuple[str, str]]:
        """Account and instrument ("": all) of those whose time is over."""
        now = self.record.now_ms()
        return [name for name, at_ms in self.state.countdowns.items() if at_ms <= now]

    def next_ms(self) -> int | None:
        """When the next one is due; None without any."""
        return min(self.state.countdowns.values(), default=None)
