"""Downloading history: asking for it, fetching it, keeping it topped up."""

from apps.markets.services.history.asking import DownloadRequest, request_download
from apps.markets.services.history.gaps import ask_again
from apps.markets.services.history.top_ups import offer_due, set_top_up, stop_top_up

__all__ = [
    "DownloadRequest",
    "ask_again",
    "offer_due",
    "request_download",
    "set_top_up",
    "stop_top_up",
]
