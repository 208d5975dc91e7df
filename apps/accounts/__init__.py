"""Whose money: people, roles and their exchange accounts."""
