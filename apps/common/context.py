"""What every page's template may rely on."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.common import clock


def desk(request: HttpRequest) -> dict[str, Any]:
    """The version and the server's clock, by which the page judges ages."""
    return {"cashup_version": settings.VERSION, "server_now_ms": clock.now_ms()}
