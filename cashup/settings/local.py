"""A developer's machine: everything embedded unless the environment names servers."""

from cashup.settings.base import *  # noqa: F403
