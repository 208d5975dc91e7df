"""Live pages: one WebSocket, topics with permission, snapshots and numbered updates."""
