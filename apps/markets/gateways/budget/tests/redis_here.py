"""Redis for tests: keys of their own, or a skip where none answers."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

URL = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/7")


@contextmanager
def key() -> Iterator[str]:
    """A key that nobody else uses, removed afterwards."""
    client = redis.Redis.from_url(URL, socket_connect_timeout=0.5)
    try:
        client.ping()
    except redis.RedisError:
        pytest.skip(f"Redis does not answer at {URL}")
    name = f"test-budget:{uuid.uuid4().hex}"
    try:
        yield name
    finally:
        client.close()
        forget(name)


def forget(name: str) -> None:
    with redis.Redis.from_url(URL, socket_timeout=2) as client:
        client.delete(name)
