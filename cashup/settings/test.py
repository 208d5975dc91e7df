"""Tests: the embedded default, and real servers where the environment names some."""

import tempfile
from pathlib import Path

from cashup.settings.base import *  # noqa: F403

_SCRATCH = Path(tempfile.mkdtemp(prefix="cashup-test-"))

SECRET_KEY = "tests-only-" + "x" * 50
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
VAR_DIR = _SCRATCH
MEDIA_ROOT = _SCRATCH / "artefacts"
CANDLE_CACHE_DIR = _SCRATCH / "candles"
STRATEGY_FOLDERS = [_SCRATCH / "strategies"]
CELERY_TASK_ALWAYS_EAGER = False

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in real use: threads cannot share SQLite's in-memory database.
    DATABASES["default"]["TEST"] = {"NAME": str(_SCRATCH / "test.sqlite3")}  # noqa: F405
