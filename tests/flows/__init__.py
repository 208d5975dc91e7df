"""Whole flows over real processes and sockets."""
