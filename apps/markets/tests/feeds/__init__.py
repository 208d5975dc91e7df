"""Feed processes on a real database, against the simulator."""
