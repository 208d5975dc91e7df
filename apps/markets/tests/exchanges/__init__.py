"""Exchanges and instruments, against the running simulator."""
