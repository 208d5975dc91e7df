"""Where the socket is."""

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from apps.common.live.consumer import LiveConsumer

# The consumer itself checks origin and person, because it does so again later.
websocket = URLRouter(
    [
        path("ws/live/", LiveConsumer.as_asgi()),
        # Without it an unknown address would be a traceback instead of a refusal.
        re_path("", WebsocketDenier.as_asgi()),
    ]
)
