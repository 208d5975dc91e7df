"""Template tags every room uses."""
