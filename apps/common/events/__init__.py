"""News between rooms: small frozen dataclasses, heard by the rooms above.

``publish`` tells at once and forgets. ``outbox.add`` writes the event in the caller's
transaction and delivers it at least once, so its subscribers are safe to repeat.
"""

from apps.common.events.bus import Event, publish, subscribe

__all__ = ["Event", "publish", "subscribe"]
