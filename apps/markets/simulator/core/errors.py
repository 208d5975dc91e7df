"""What goes wrong in the core.

CoreError
├── Rejected         the client's request is refused as Gate.io would refuse it
├── JournalBroken    the journal is not what was written; the venue does not start
└── JournalUnusable  the disk refuses, or another process has the journal
"""


class CoreError(Exception):
    """An expected failure of the core."""


class Rejected(CoreError):
    """``label`` and ``status`` as Gate.io answers them; nothing was changed."""

    def __init__(self, label: str, message: str, status: int = 400) -> None:
        super().__init__(f"{label}: {message}")
        self.label = label
        self.message = message
        self.status = status


class JournalBroken(CoreError):
    """The hash chain does not hold at ``line`` (counted from 1)."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"journal line {line}: {reason}")
        self.line = line
        self.reason = reason


class JournalUnusable(CoreError):
    """Nothing can be written any more, so nothing may be answered."""
