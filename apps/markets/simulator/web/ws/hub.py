"""Who hears what: topics, their listeners, and the faults on the way to them."""

import asyncio
from collections import defaultdict
from typing import Any

from apps.markets.simulator.faults import PUSH, Fault
from apps.markets.simulator.web.context import Exchange
from apps.markets.simulator.web.ws import frames
from apps.markets.simulator.web.ws.session import Session, Topic


class Hub:
    """Delivers each push once per listener, encoded once for all of them."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.sessions: set[Session] = set()
        self._listeners: dict[Topic, set[Session]] = defaultdict(set)
        self._held: dict[str, list[tuple[set[Session], str]]] = {}

    def listen(self, session: Session, topic: Topic) -> None:
        session.topics.add(topic)
        self._listeners[topic].add(session)

    def leave(self, session: Session, topic: Topic) -> None:
        session.topics.discard(topic)
        heard = self._listeners.get(topic, set())
        heard.discard(session)
        if not heard:
            self._listeners.pop(topic, None)

    def is_heard(self, topic: Topic) -> bool:
        return topic in self._listeners

    def gone(self, session: Session) -> set[Topic]:
        """Forget a socket. Returns the topics it heard."""
        topics = set(session.topics)
        for topic in topics:
            self.leave(session, topic)
        self.sessions.discard(session)
        return topics

    def publish(
        self, topics: list[Topic], result: Any, *, pair: str = "", event: str = "update"
    ) -> None:
        """Push to everybody who listens to any of the topics, of one channel."""
        listeners: set[Session] = set()
        for topic in topics:
            listeners |= self._listeners.get(topic, set())
        if not listeners:
            return
        channel = topics[0][0]
        text = frames.update(channel, result, self.exchange.now_ms(), event)
        self.deliver(listeners, channel, text, pair)

    def deliver(
        self, listeners: set[Session], channel: str, text: str, pair: str = ""
    ) -> None:
        if not self.exchange.faults:
            _send(listeners, text)
            return
        now = self.exchange.venue.clock.now_ms()
        draw = self.exchange.faults.draw
        if draw(("ws_stall",), now, channel, pair=pair):
            for session in listeners:
                session.is_stalled = True
        if draw(("ws_close",), now, channel, pair=pair):
            for session in listeners:
                session.close()
        self._bend(draw(PUSH, now, channel, pair=pair), listeners, channel, text)

    def _bend(
        self, struck: list[Fault], listeners: set[Session], channel: str, text: str
    ) -> None:
        kinds = {fault.kind for fault in struck}
        if "push_swallow" in kinds:
            return
        if "push_reorder" in kinds:
            self._held.setdefault(channel, []).append((listeners, text))
            return
        delay_s = sum(f.ms for f in struck if f.kind == "push_delay") / 1000
        for _ in range(2 if "push_duplicate" in kinds else 1):
            if delay_s:
                asyncio.get_running_loop().call_later(delay_s, _send, listeners, text)
            else:
                _send(listeners, text)
        for late, held in self._held.pop(channel, []):
            _send(late, held)

    def close_all(self) -> None:
        for session in list(self.sessions):
            session.close()


def _send(listeners: set[Session], text: str) -> None:
    for session in listeners:
        session.push(text)
