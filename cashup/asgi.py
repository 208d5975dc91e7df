"""HTTP and WebSocket entry point."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashup.settings.production")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  (needs django.setup)

from apps.common.live.routing import websocket  # noqa: E402
from cashup.lifespan import lifespan  # noqa: E402

application = ProtocolTypeRouter(
    {"http": http, "websocket": websocket, "lifespan": lifespan}
)
