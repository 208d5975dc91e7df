"""Live feeds for the rest of the project: say what is needed, see how it goes.

``ask_for`` and ``release`` are for whoever needs prices (bots, pages); the processes
of ``manage.py feeds`` carry what is asked for.
"""

from apps.markets.services.feeds.demand import ask_for, release
from apps.markets.services.feeds.restarting import restart_channel

__all__ = ["ask_for", "release", "restart_channel"]
