"""A developer's machine: everything embedded unless the environment names servers."""

from cashup.settings.base import *  # noqa: F403

# An edited stylesheet is served as it is now, not as it was at the start.
WHITENOISE_AUTOREFRESH = True
