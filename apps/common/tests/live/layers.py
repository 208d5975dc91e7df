"""Where live messages travel: in this process, or through Redis where it answers."""

import uuid

import pytest
import redis

REDIS = "redis://127.0.0.1:6379/5"
# Redis channels are shared by all its databases: two runs at once must not meet.
PREFIX = f"cashup-{uuid.uuid4().hex[:8]}"


def use_redis(settings) -> None:
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=0.5).ping()
    except redis.RedisError:
        pytest.skip(f"Redis does not answer at {REDIS}")
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS,
            "KEY_PREFIX": PREFIX,
        }
    }
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS], "prefix": PREFIX},
        }
    }


def use_memory(settings) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    }
