"""Fixtures of every room's tests."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real market data and reference results, kept beside the project."""
    folder = Path(os.environ.get("CASHUP_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"no market data at {folder}; set CASHUP_SHARED to its folder")
    return folder
