"""Fixtures of every room's tests."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from tests import servers as real_servers

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


@pytest.fixture(autouse=True)
def _language_as_at_the_start() -> Iterator[None]:
    """A page asked for in Chinese leaves its thread speaking Chinese."""
    yield
    translation.deactivate()


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """An environment on PostgreSQL, Redis and RabbitMQ, and on nobody else's data."""
    if reason := real_servers.missing():
        pytest.skip(reason)
    with real_servers.environment(f"cashup_{uuid.uuid4().hex[:12]}") as settings:
        yield settings
