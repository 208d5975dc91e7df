"""The market room's pages that are no list."""
