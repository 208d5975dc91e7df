"""Signing in over the API, and who one is."""
