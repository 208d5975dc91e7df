"""Instruments kept in step with their exchange's list."""

from apps.markets.services.instruments.syncing import (
    Synced,
    SyncRunning,
    sync_instruments,
    take_over,
)

__all__ = ["SyncRunning", "Synced", "sync_instruments", "take_over"]
