"""Execution: orders and everything that follows from one."""
