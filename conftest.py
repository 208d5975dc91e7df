"""Fixtures of every room's tests."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from kombu import Connection

ROOT = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real market data and reference results, kept beside the project."""
    folder = Path(os.environ.get("CASHUP_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"no market data at {folder}; set CASHUP_SHARED to its folder")
    return folder


@pytest.fixture(autouse=True)
def _settings_read_anew() -> Iterator[None]:
    """A setting that one test changed must not be remembered in the next."""
    yield
    from apps.common.knobs.reading import forget  # needs Django, so not at the top

    forget()


POSTGRES = os.environ.get("TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/7")
RABBIT = os.environ.get("TEST_RABBIT", "amqp://guest:guest@127.0.0.1:5672//")


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """An environment on PostgreSQL, Redis and RabbitMQ, and on nobody else's data."""
    _skip_unless_all_answer()
    name = f"cashup_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield {
            "DATABASE_URL": f"{POSTGRES}/{name}",
            "REDIS_URL": REDIS,
            "CELERY_BROKER_URL": RABBIT,
            "CASHUP_NAMESPACE": name,
        }
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    with Connection(RABBIT) as broker, broker.channel() as channel:
        for queue in ("default", "backtests"):
            channel.queue_delete(f"{name}.{queue}")
        channel.exchange_delete(name)


def _skip_unless_all_answer() -> None:
    try:
        psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=2).close()
        redis.from_url(REDIS, socket_connect_timeout=2).ping()
        with Connection(RABBIT, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:
        pytest.skip(f"PostgreSQL, Redis and RabbitMQ do not all answer: {error}")
