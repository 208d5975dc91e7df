"""Watching: is every part alive, and what did it do."""
