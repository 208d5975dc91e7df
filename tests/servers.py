"""PostgreSQL, Redis and RabbitMQ on this machine, for the tests that use real ones.

``python -m tests.servers`` runs every test of a database again, where they answer.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import redis
from kombu import Connection

POSTGRES = os.environ.get("TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/7")
RABBIT = os.environ.get("TEST_RABBIT", "amqp://guest:guest@127.0.0.1:5672//")
QUEUES = ("default", "backtests")


def missing() -> str:
    """Which server does not answer, and why; empty when all do."""
    try:
        psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=2).close()
        redis.from_url(REDIS, socket_connect_timeout=2).ping()
        with Connection(RABBIT, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:  # whatever it is, the tests cannot run on it
        return f"PostgreSQL, Redis and RabbitMQ do not all answer: {error}"
    return ""


@contextmanager
def environment(name: str) -> Iterator[dict[str, str]]:
    """Settings for a desk on a database and queues of its own, removed afterwards."""
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield {
                "DATABASE_URL": f"{POSTGRES}/{name}",
                "REDIS_URL": REDIS,
                "CELERY_BROKER_URL": RABBIT,
                "CASHUP_NAMESPACE": name,
            }
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            _forget_queues(name)


def _forget_queues(name: str) -> None:
    with Connection(RABBIT) as broker, broker.channel() as channel:
        for queue in QUEUES:
            channel.queue_delete(f"{name}.{queue}")
        channel.exchange_delete(name)


def main() -> int:
    """Exit status of pytest on the servers; 0 with a reason where there are none."""
    if reason := missing():
        sys.stdout.write(f"Not run again on servers. {reason}\n")
        return 0
    with environment(f"cashup_again_{os.getpid()}") as settings:
        os.environ |= settings
        workers = ["-n", "auto", "--dist", "loadgroup"]
        return int(pytest.main([*workers, "apps", "-m", "django_db"]))


if __name__ == "__main__":
    raise SystemExit(main())
