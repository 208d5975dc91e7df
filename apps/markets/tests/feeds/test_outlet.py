"""From the feeds' loop to pages, through a thread that may be slow."""

import threading
from unittest.mock import patch

from apps.markets.services.feeds import outlet as module
from apps.markets.services.feeds.outlet import Outlet


def test_slow_pages_get_the_newest_and_miss_what_was_overtaken():
    sent, began, may_go = [], threading.Event(), threading.Event()

    def slow(topic, data):
        sent.append((topic, data["n"]))
        began.set()
        may_go.wait(10)

    with patch.object(module, "publish", slow):
        outlet = Outlet()
        outlet.put("ticker:1", {"n": 0})
        assert began.wait(10)
        for number in range(1, 100):
            outlet.put("ticker:1", {"n": number})
            outlet.put("ticker:2", {"n": number})
        may_go.set()
        outlet.stop()

    assert sent == [("ticker:1", 0), ("ticker:1", 99), ("ticker:2", 99)]


def test_failing_cache_does_not_end_the_telling():
    sent = []
    with (
        patch.object(module, "is_embedded", lambda: False),
        patch.object(module, "remember", side_effect=ConnectionError),
        patch.object(module, "publish", lambda topic, data: sent.append(topic)),
    ):
        outlet = Outlet()
        outlet.put("ticker:1", {})
        outlet.stop()

    assert sent == ["ticker:1"]
