"""What can go wrong with market data, split by what the caller should do.

CashUpError
├── Conflict
│   └── ImportRunning      somebody else writes this series now: try again when done
└── MarketError
    ├── CorruptedChunk     stored candles fail their checksum: restore or import again
    └── DownloadIncomplete some series could not be had: look at each one's reason
"""

from apps.common.errors import CashUpError, Conflict


class MarketError(CashUpError):
    """Something in our own market data is wrong."""

    code = "market"


class ImportRunning(Conflict):
    """The series has one writer at a time, and it is not us."""

    code = "import-running"


class CorruptedChunk(MarketError):
    """A stored month does not match the checksum it was stored with."""

    code = "corrupted-candles"


class DownloadIncomplete(MarketError):
    """Some series of a download could not be had; the others are stored."""

    code = "download-incomplete"
