"""Command line of the market room."""
