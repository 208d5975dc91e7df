"""Each test has a budget of its own: the ports of simulators come round again."""

import pytest


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR
