"""The live channels of one venue, kept alive: the only part here with an event loop.

Every message, tick and answer goes to the pure parts and comes back as steps: ask for
a subscription, ask REST, alarm. Nothing waits for anything else: a REST call that
hangs delays its own channel only, a store that is away delays announcing and not
hearing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from apps.common.errors import CashUpError
from apps.markets.feeds.books import NO_SNAPSHOT
from apps.markets.feeds.candles import Outcome
from apps.markets.feeds.channels import BookContent, CandleContent, Content, content_of
from apps.markets.feeds.checks import OUT_OF_ORDER, TWICE
from apps.markets.feeds.deadlines import USUAL, ChannelWatch, Deadlines, State, Step
from apps.markets.feeds.figures import Figures
from apps.markets.feeds.pace import Pace
from apps.markets.gateways.errors import GatewayError
from apps.markets.gateways.gateway import Gateway
from apps.markets.gateways.streams import Channel, Stream
from apps.markets.gateways.types import Candle

logger = logging.getLogger(__name__)

TICK_S: Final = 0.25
# Questions to REST at a time; the budget decides on their pace.
_AT_ONCE: Final = 4
_STORE_RETRY_S: Final = 0.5
_NEAR_MS: Final = 60_000
_AHEAD_MS: Final = 2_000
_BENIGN: Final = frozenset({TWICE, OUT_OF_ORDER, NO_SNAPSHOT})


class Host(Protocol):
    """Who runs the channels. ``closed`` may fail: it is called again with the same."""

    def now_ms(self) -> int: ...

    def publish(self, channel: Channel, data: dict[str, Any]) -> None:
        """The newest state of a channel, at most five times a second."""

    async def closed(
        self, channel: Channel, candles: tuple[Candle, ...], now_ms: int
    ) -> None:
        """Store them and tell of them: once each, oldest first.

        ``now_ms`` is the exchange's time, which in a replay is not ours.
        """

    async def corrected(self, channel: Channel, candles: tuple[Candle, ...]) -> None:
        """REST shows these otherwise than they were told."""

    def stalled(self, channel: Channel, since_ms: int) -> None:
        """It was silent since then, and all that could be done was tried."""

    def recovered(self, channel: Channel, since_ms: int) -> None: ...


@dataclass(slots=True, eq=False)
class Live:
    """One channel with everything known of it."""

    channel: Channel
    content: Content
    watch: ChannelWatch
    figures: Figures = field(default_factory=Figures)
    stalled_since_ms: int = 0
    shown_state: State = State.CONNECTING
    is_subscription_due: bool = False
    subscribing: asyncio.Task[None] | None = None
    asking: asyncio.Task[None] | None = None
    storing: asyncio.Task[None] | None = None
    to_store: deque[Outcome] = field(default_factory=deque)


class VenueFeed:
    """``Listener`` of the stream. ``run`` it as a task while the block of its gateway
    and stream lasts; ``want`` says which channels live."""

    def __init__(
        self, gateway: Gateway, host: Host, deadlines: Deadlines = USUAL
    ) -> None:
        self.gateway, self.host, self.deadlines = gateway, host, deadlines
        self.live: dict[Channel, Live] = {}
        self.unread = Figures()  # messages that nobody knows the channel of
        self.stream: Stream | None = None
        self._sent_ms = 0  # what the exchange stamped its last message with
        self._pace = Pace(asyncio.get_running_loop(), self._flush)
        self._rest = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, stream: Stream) -> None:
        """Until it is cancelled."""
        self.stream = stream
        try:
            while True:
                self.tick()
                await asyncio.sleep(TICK_S)
        finally:
            self._pace.stop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def want(self, cursors: Mapping[Channel, int | None]) -> None:
        """From now on exactly these channels; a candle's with its cursor."""
        for channel in [one for one in self.live if one not in cursors]:
            self._end(self.live.pop(channel))
        now = self.host.now_ms()
        for channel, cursor_ms in cursors.items():
            if channel not in self.live:
                content = content_of(channel, cursor_ms)
                watch = ChannelWatch(self.deadlines, now)
                self.live[channel] = Live(channel, content, watch)
        self.tick()

    def restart(self, channel: Channel) -> None:
        """Somebody does not trust it: a new connection, and everything asked anew."""
        if live := self.live.get(channel):
            self._spawn(self._dropped(live, "restart"))

    async def settled(self) -> None:
        """Everything that closed so far is stored and told."""
        storing = [one.storing for one in self.live.values() if one.storing]
        await asyncio.gather(*storing)

    # The stream's listener

    def told(self, channel: Channel, news: Any, sent_ms: int | None) -> None:
        live = self.live.get(channel)
        if live is None:
            return
        now = self.host.now_ms()
        if sent_ms is not None:
            self._sent_ms = sent_ms
        rule = live.content.told(news, self.their_now_ms())
        live.figures.heard(now, self._by_our_clock(sent_ms), is_good=not rule)
        if rule:
            self._refuse(live.figures, rule, news, live.channel.label)
        else:
            self._obey(live, live.watch.heard(now), now)
        self._after(live)

    def refused(self, channel: Channel | None, rule: str, given: object) -> None:
        live = self.live.get(channel) if channel else None
        if live is None:
            self._refuse(self.unread, rule, given, "")
        else:
            self._refuse(live.figures, rule, given, live.channel.label)

    def lost(self, channels: Collection[Channel], why: str) -> None:
        now = self.host.now_ms()
        found = [self.live[one] for one in channels if one in self.live]
        logger.info("feed.lost", extra={"channels": len(found), "why": why})
        for live in found:
            live.figures.reconnects += 1
            live.content.lost()
            self._obey(live, live.watch.lost(now), now)

    # Time

    def tick(self) -> None:
        """Look at every deadline."""
        if self.stream is None:
            return
        now = self.host.now_ms()
        for live in list(self.live.values()):
            self._obey(live, live.watch.tick(now), now)
            if isinstance(live.content, CandleContent):
                self._ask(live, live.content)

    def _obey(self, live: Live, steps: tuple[Step, ...], now_ms: int) -> None:
        if live.watch.state is not live.shown_state:
            live.shown_state = live.watch.state
            self._pace.touch(live.channel)
        for step in steps:
            match step:
                case Step.SUBSCRIBE:
                    self._subscribe(live)
                case Step.POLL:
                    self._question(live, self._poll)
                case Step.ALARM:
                    live.stalled_since_ms = live.watch.silent_since_ms
                    self.host.stalled(live.channel, live.stalled_since_ms)
                    self._spawn(self._dropped(live, "stalled"))
                case Step.RECOVERED:
                    self.host.recovered(live.channel, live.stalled_since_ms)

    # Subscriptions

    def _subscribe(self, live: Live) -> None:
        live.is_subscription_due = True
        if live.subscribing is None or live.subscribing.done():
            live.subscribing = self._spawn(self._subscribed(live))

    async def _subscribed(self, live: Live) -> None:
        assert self.stream is not None
        while live.is_subscription_due and live.channel in self.live:
            live.is_subscription_due = False
            try:
                await self.stream.subscribe(live.channel)
                live.watch.subscribed()
            except GatewayError as error:
                facts = {"channel": live.channel.label, "error": str(error)}
                logger.info("feed.not_subscribed", extra=facts)

    async def _dropped(self, live: Live, why: str) -> None:
        assert self.stream is not None
        await self.stream.drop(live.channel, why)

    def _end(self, live: Live) -> None:
        self._pace.forget(live.channel)
        for task in (live.subscribing, live.asking):
            if task is not None:
                task.cancel()
        if self.stream is not None:
            self._spawn(self.stream.unsubscribe(live.channel))

    # Questions to REST, one at a time per channel

    def _question(self, live: Live, ask: Callable[[Live], Awaitable[None]]) -> None:
        if live.asking is None or live.asking.done():
            live.asking = self._spawn(self._asked(live, ask))

    async def _asked(self, live: Live, ask: Callable[[Live], Awaitable[None]]) -> None:
        async with self._rest:
            live.figures.polls += 1
            await self._align()
            await ask(live)
        self._after(live)

    async def _align(self) -> None:
        """Measure the exchange's clock anew where its stamps have left it behind: what
        is asked up to its "now" would end before what is known already."""
        clock = self.gateway.last_clock
        if clock is None:
            return
        measured_ms = self.host.now_ms() + clock.offset_ms
        if self._sent_ms - measured_ms > _AHEAD_MS:
            try:
                await self.gateway.clock()
            except GatewayError:
                return  # whatever is asked next tells the same

    async def _poll(self, live: Live) -> None:
        content, watch = live.content, live.watch
        try:
            is_newer = await content.poll(self.gateway, self.their_now_ms())
        except CashUpError as error:
            logger.info("feed.not_polled", extra=_facts(live, error))
            steps = watch.unpolled(self.host.now_ms())
        else:
            steps = watch.polled(self.host.now_ms(), is_newer=is_newer)
        self._obey(live, steps, self.host.now_ms())

    def _ask(self, live: Live, content: CandleContent) -> None:
        if live.asking is not None and not live.asking.done():
            return
        ask = content.builder.ask(self.their_now_ms())
        if ask is None:
            return

        async def asked(live: Live) -> None:
            try:
                await content.ask(self.gateway, ask, self.their_now_ms())
            except CashUpError as error:
                logger.info("feed.not_asked", extra=_facts(live, error))
                content.builder.unanswered(self.their_now_ms())

        self._question(live, asked)

    # What comes of it

    def _after(self, live: Live) -> None:
        content = live.content
        if isinstance(content, CandleContent):
            if content.outcomes:
                live.to_store += content.outcomes
                content.outcomes.clear()
                self._store(live)
            live.figures.gaps = content.builder.gaps
            live.figures.refused.update(content.refused)
            content.refused.clear()
        if isinstance(content, BookContent) and content.builder.needs_snapshot:
            live.figures.gaps = content.builder.gaps
            if live.watch.state is State.LIVE and live.watch.is_subscribed:
                # A change was lost, or the book is crossed: from the start again.
                now = self.host.now_ms()
                self._obey(live, live.watch.doubted(now), now)
        self._pace.touch(live.channel)

    def _store(self, live: Live) -> None:
        if live.storing is None or live.storing.done():
            live.storing = self._spawn(self._stored(live))

    async def _stored(self, live: Live) -> None:
        """In order, each until it is done: what follows must wait for it."""
        while live.to_store and self.live.get(live.channel) is live:
            outcome = live.to_store[0]
            try:
                if outcome.closed:
                    now_ms = self.their_now_ms()
                    await self.host.closed(live.channel, outcome.closed, now_ms)
                if outcome.corrected:
                    await self.host.corrected(live.channel, outcome.corrected)
            except Exception as error:
                logger.warning("feed.not_stored", extra=_facts(live, error))
                await asyncio.sleep(_STORE_RETRY_S)
                continue
            live.to_store.popleft()
            live.figures.closed += len(outcome.closed)
            live.figures.corrected += len(outcome.corrected)

    def _flush(self, channel: Channel) -> None:
        live = self.live.get(channel)
        data = live.content.shown() if live else None
        if live is not None and data is not None:
            watch = live.watch
            is_fresh = watch.state in (State.LIVE, State.QUIET)
            since_ms = None if is_fresh else watch.silent_since_ms
            feed = {"state": str(watch.state), "stale_since_ms": since_ms}
            self.host.publish(live.channel, {**data, "feed": feed})

    def _refuse(self, figures: Figures, rule: str, given: object, label: str) -> None:
        figures.refused[rule] += 1
        # A mad exchange must not fill the log: the 1st, 2nd, 4th, 8th ... is enough.
        if rule not in _BENIGN and figures.refused[rule].bit_count() == 1:
            facts = {"channel": label, "rule": rule, "given": str(given)[:100]}
            logger.warning("feed.refused", extra=facts)

    def their_now_ms(self) -> int:
        """The exchange's time: its last stamp, or what was measured of its clock.

        A replay runs in another year, and a simulator may run faster than any clock.
        """
        clock = self.gateway.last_clock
        offset_ms = 0 if clock is None else clock.offset_ms
        measured = self.host.now_ms() + offset_ms
        # Stamps stand still while nothing comes; then the clock goes on.
        return (
            max(self._sent_ms, measured) if self._is_near(measured) else self._sent_ms
        )

    def _is_near(self, measured_ms: int) -> bool:
        return not self._sent_ms or abs(measured_ms - self._sent_ms) < _NEAR_MS

    def _by_our_clock(self, sent_ms: int | None) -> int | None:
        clock = self.gateway.last_clock
        return (
            sent_ms if sent_ms is None or clock is None else sent_ms - clock.offset_ms
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # one channel's trouble must not end the others
            logger.exception("feed.task_failed")


def _facts(live: Live, error: Exception) -> dict[str, str]:
    return {"channel": live.channel.label, "error": str(error)}
