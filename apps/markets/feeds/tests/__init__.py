"""Live prices: the pure parts alone, and all of it against the simulator."""
