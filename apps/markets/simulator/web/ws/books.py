"""The feeds of one book: its touch, its changes, its levels.

All of them follow one counter, the one REST shows with ``with_id``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from apps.markets.simulator.core.events import BookChanged
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.objects import levels, number
from apps.markets.simulator.web.ws import frames
from apps.markets.simulator.web.ws.depth import Depth, Side, difference
from apps.markets.simulator.web.ws.hub import Hub
from apps.markets.simulator.web.ws.pace import Pace
from apps.markets.simulator.web.ws.session import Session, Topic

_DEEPEST: Final = 5000
TICKER_S: Final = 0.01
UPDATE_S: Final = {"100ms": 0.1, "20ms": 0.02}
LEVELS_S: Final = {"100ms": 0.1, "1000ms": 1.0}
OBU_S: Final = {50: 0.02, 400: 0.1}


@dataclass
class _Touched:
    """Levels that changed since the last push of one ``order_book_update``."""

    first_id: int = 0
    bids: Side = field(default_factory=dict)
    asks: Side = field(default_factory=dict)


@dataclass
class _Shown:
    """What the listeners of one ``obu`` stream have before them."""

    id: int = 0
    bids: Side = field(default_factory=dict)
    asks: Side = field(default_factory=dict)


class BookFeed:
    """Pushes of one pair's book, alive while anybody listens."""

    def __init__(self, exchange: Exchange, hub: Hub, pace: Pace, pair: str) -> None:
        self.exchange, self.hub, self.pace, self.pair = exchange, hub, pace, pair
        self.depth = Depth()
        self.topics: dict[Topic, Callable[[], None]] = {}
        self._every: dict[Topic, float] = {}
        self._touched: dict[Topic, _Touched] = {}
        self._shown: dict[Topic, _Shown] = {}
        self._best: tuple[Any, ...] = ()
        self._leave = exchange.venue.watch_book(pair)
        self.depth.start(exchange.venue.book(pair, _DEEPEST))

    def stop(self) -> None:
        for topic in self.topics:
            self.pace.forget(topic)
        self._leave()

    def add(self, topic: Topic, every_s: float) -> None:
        """Begin a stream; a second listener changes nothing."""
        if topic in self.topics:
            return
        channel = topic[0]
        flush = {
            "spot.book_ticker": self._push_ticker,
            "spot.order_book_update": self._push_update,
            "spot.order_book": self._push_levels,
            "spot.obu": self._push_obu,
        }[channel]
        self.topics[topic] = lambda: flush(topic)
        self._every[topic] = every_s
        if channel == "spot.order_book_update":
            self._touched[topic] = _Touched()
        if channel == "spot.obu":
            self._show(topic)

    def remove(self, topic: Topic) -> bool:
        """End a stream. Returns whether any is left."""
        self.pace.forget(topic)
        for kept in (self.topics, self._every, self._touched, self._shown):
            kept.pop(topic, None)
        return bool(self.topics)

    def changed(self, change: BookChanged) -> None:
        if not self.depth.follow(change):
            return
        for touched in self._touched.values():
            touched.first_id = touched.first_id or change.first_id
            touched.bids.update(change.bids)
            touched.asks.update(change.asks)
        for topic, flush in self.topics.items():
            self.pace.touch(topic, self._every[topic], flush)

    def _push_ticker(self, topic: Topic) -> None:
        bid, ask = self.depth.best_bids(1), self.depth.best_asks(1)
        best = (bid, ask)
        if best == self._best:
            return
        self._best = best
        texts = [*_texts(bid), *_texts(ask)]
        result = {
            "t": self.depth.time_ms,
            "u": self.depth.id,
            "s": self.pair,
            **dict(zip("bBaA", texts, strict=True)),
        }
        self.hub.publish([topic], result, pair=self.pair)

    def _push_update(self, topic: Topic) -> None:
        touched = self._touched[topic]
        self._touched[topic] = _Touched()
        result = {
            "t": self.depth.time_ms,
            "e": "depthUpdate",
            "E": self.depth.time_ms // 1000,
            "s": self.pair,
            "U": touched.first_id,
            "u": self.depth.id,
            "b": levels(tuple(touched.bids.items())),
            "a": levels(tuple(touched.asks.items())),
        }
        self.hub.publish([topic], result, pair=self.pair)

    def _push_levels(self, topic: Topic) -> None:
        text = self._levels(int(topic[2]))
        self.hub.publish([topic], text, pair=self.pair)

    def _levels(self, count: int) -> dict[str, Any]:
        return {
            "t": self.depth.time_ms,
            "lastUpdateId": self.depth.id,
            "s": self.pair,
            "bids": levels(tuple(self.depth.best_bids(count))),
            "asks": levels(tuple(self.depth.best_asks(count))),
        }

    def _push_obu(self, topic: Topic) -> None:
        before = self._shown[topic]
        self._show(topic)
        after = self._shown[topic]
        result = {
            "t": self.depth.time_ms,
            "s": topic[1],
            "U": before.id + 1,
            "u": after.id,
            "b": levels(tuple(difference(before.bids, after.bids.items()))),
            "a": levels(tuple(difference(before.asks, after.asks.items()))),
        }
        if after.id > before.id:
            self.hub.publish([topic], result, pair=self.pair)

    def _show(self, topic: Topic) -> None:
        count = int(topic[2])
        self._shown[topic] = _Shown(
            self.depth.id,
            dict(self.depth.best_bids(count)),
            dict(self.depth.best_asks(count)),
        )

    def greet(self, session: Session, topic: Topic) -> None:
        """What a new listener gets first: all levels, where the channel has them."""
        if topic[0] == "spot.order_book":
            result = self._levels(int(topic[2]))
        elif topic[0] == "spot.obu":
            # The others come up to the same id first, so that all go on together.
            self._push_obu(topic)
            result = self._full(topic)
        else:
            return
        text = frames.update(topic[0], result, self.exchange.now_ms())
        self.hub.deliver({session}, topic[0], text, self.pair)

    def _full(self, topic: Topic) -> dict[str, Any]:
        shown = self._shown[topic]
        return {
            "t": self.depth.time_ms,
            "full": True,
            "s": topic[1],
            "u": shown.id,
            "b": levels(tuple(_best(shown.bids, reverse=True))),
            "a": levels(tuple(_best(shown.asks, reverse=False))),
        }


def _texts(best: list[tuple[Decimal, Decimal]]) -> list[str]:
    """Price and amount of a touch; a side that is empty has none."""
    return [number(value) for value in best[0]] if best else ["", ""]


def _best(side: Side, *, reverse: bool) -> list[tuple[Decimal, Decimal]]:
    return sorted(side.items(), reverse=reverse)
