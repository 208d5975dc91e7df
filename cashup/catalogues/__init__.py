"""Message catalogues without gettext's programs: find strings, compare, compile."""
