"""Downloads of history: the form, the list, one of them, and standing orders."""

from apps.markets.admin.history.downloads import DownloadAdmin
from apps.markets.admin.history.top_ups import TopUpAdmin

__all__ = ["DownloadAdmin", "TopUpAdmin"]
