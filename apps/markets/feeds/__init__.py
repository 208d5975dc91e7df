"""Live prices: from an exchange's stream to candles, quotes, books and trades.

No Django here. What decides (candles, books, checks, deadlines, demand, pace) is pure
and is handed the time; ``venue`` puts it together on an event loop; whoever runs it
(``apps.markets.services.feeds``) gives it a ``Host`` to store, publish and alarm.
"""
