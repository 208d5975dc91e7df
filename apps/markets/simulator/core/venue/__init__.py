"""The exchange as its servers and price sources see it.

Every method that changes something is synchronous and complete when it returns, but
what it did may be shown only when it is durable: ``await venue.durable()`` before any
answer is sent (also before answering a read: it may show a change of a moment ago).
Events are held back by the venue itself. Without group commit (tests, virtual clock)
everything is durable when the call returns.
"""

from apps.markets.simulator.core.venue.opening import GATES_HABITS, JOURNAL, Venue

__all__ = ("GATES_HABITS", "JOURNAL", "Venue")
