"""Celery and the channel layer: embedded in one process, or on real servers."""

from typing import Any

from kombu import Exchange, Queue

from cashup.settings.environment import env

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="memory://localhost//")
REDIS_URL = env.str("REDIS_URL", default="")
# The part of each exchange's rate limits that is ours; less where other programs call
# from the same address.
EXCHANGE_LIMIT_SHARE = env.float("EXCHANGE_LIMIT_SHARE", default=1.0)

CELERY_RESULT_BACKEND = None  # the Job row is the only truth
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2

# Lets several desks share one broker and one Redis.
NAMESPACE = env.str("CASHUP_NAMESPACE", default="cashup")
QUEUES = ("default", "backtests")
_BROKER = CELERY_BROKER_URL.split(":", 1)[0]
_IS_RABBIT = _BROKER in {"amqp", "amqps", "pyamqp"}
_EXCHANGE_TYPE = "topic" if _IS_RABBIT else "direct"


def _queues() -> list[Queue]:
    # Topic, because a direct exchange switches native delayed delivery off.
    exchange = Exchange(NAMESPACE, type=_EXCHANGE_TYPE)
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": 20} if _IS_RABBIT else {}
    return [
        Queue(
            f"{NAMESPACE}.{name}",
            exchange,
            alias=name,
            routing_key=name,
            queue_arguments=arguments,
        )
        for name in QUEUES
    ]


def _transport_options() -> dict[str, Any]:
    if _BROKER == "memory":
        return {"polling_interval": 0.01}  # the default second would be felt
    if _BROKER in {"redis", "rediss"}:
        return {"visibility_timeout": 3600, "unacked_restore_interval": 2}
    return {"confirm_publish": True}


CELERY_TASK_QUEUES = _queues()
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_DEFAULT_ROUTING_KEY = "default"
CELERY_TASK_DEFAULT_EXCHANGE = NAMESPACE
CELERY_TASK_DEFAULT_EXCHANGE_TYPE = _EXCHANGE_TYPE
CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum" if _IS_RABBIT else "classic"
CELERY_WORKER_DETECT_QUORUM_QUEUES = _IS_RABBIT
CELERY_BROKER_TRANSPORT_OPTIONS = _transport_options()

CELERY_BEAT_SCHEDULE = {
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 5.0},
    "outbox.drain": {"task": "outbox.drain", "schedule": 5.0},
    "api.forget_keys": {"task": "api.forget_keys", "schedule": 3600.0},
    "markets.check_clocks": {"task": "markets.check_clocks", "schedule": 60.0},
    "markets.sync_due_instruments": {
        "task": "markets.sync_due_instruments",
        "schedule": 60.0,
    },
    "markets.top_up_history": {"task": "markets.top_up_history", "schedule": 30.0},
    "markets.refresh_due_watch_lists": {
        "task": "markets.refresh_due_watch_lists",
        "schedule": 15.0,
    },
}


def _channel_layer() -> dict[str, Any]:
    if not REDIS_URL:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": NAMESPACE},
    }


def _cache() -> dict[str, Any]:
    if not REDIS_URL:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A Redis that hangs must not hang those who publish.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
        "KEY_PREFIX": NAMESPACE,
    }


CHANNEL_LAYERS = {"default": _channel_layer()}
CACHES = {"default": _cache()}
