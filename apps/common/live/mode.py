"""Whether live messages stay in this process or travel through Redis."""

from django.conf import settings


def is_embedded() -> bool:
    backend: str = settings.CHANNEL_LAYERS["default"]["BACKEND"]
    return backend.endswith("InMemoryChannelLayer")
