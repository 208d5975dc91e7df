"""When silence is a fault, and what is done about it, step by step.

    CONNECTING ── first message ──> LIVE ── silent past its deadline ──> RENEWING
    RENEWING ── a message ──> LIVE;  none in time ──> POLLING (over REST)
    POLLING ── REST shows nothing new ──> QUIET;  it does, for too long ──> STALLED
    QUIET ── REST shows something the stream did not tell ──> POLLING
    any ── a message ──> LIVE  (after STALLED: recovered)

A market without trades is silent too: only REST can tell the two apart, so a quiet
channel is asked for there ever more rarely, and a stalled one is subscribed again.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    CONNECTING = "connecting"
    LIVE = "live"
    RENEWING = "renewing"
    POLLING = "polling"
    QUIET = "quiet"
    STALLED = "stalled"


class Step(StrEnum):
    """What the caller has to do now."""

    SUBSCRIBE = "subscribe"
    POLL = "poll"
    ALARM = "alarm"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """In milliseconds. ``verify_ms``: for the first message after a subscription."""

    silence_ms: int = 6_000
    verify_ms: int = 2_500
    poll_ms: int = 2_000
    alarm_ms: int = 15_000
    quiet_ms: int = 60_000


USUAL: Final = Deadlines()
_SOON_MS: Final = 1_000
Steps = tuple[Step, ...]


@dataclass(slots=True)
class ChannelWatch:
    """One channel. ``silent_since_ms`` is its last message, or its beginning."""

    deadlines: Deadlines
    silent_since_ms: int
    state: State = State.CONNECTING
    resubscriptions: int = 0
    is_alarmed: bool = False
    is_subscribed: bool = False
    _renewed_ms: int = -1  # of the last subscription
    _poll_at: int = 0
    _pause_ms: int = 0
    # Since when REST shows what the stream does not, or fails; None: it does not.
    _missing_since: int | None = None

    def subscribed(self) -> None:
        """The exchange said yes; a message is still to come."""
        self.is_subscribed = True

    def heard(self, now_ms: int) -> Steps:
        """A message of the stream."""
        self.silent_since_ms, self.is_subscribed = now_ms, True
        if self.state is State.LIVE:
            return ()
        self.state, self._missing_since, self._pause_ms = State.LIVE, None, 0
        if not self.is_alarmed:
            return ()
        self.is_alarmed = False
        return (Step.RECOVERED,)

    def doubted(self, now_ms: int) -> Steps:
        """What it tells cannot be right: begin it anew."""
        if self.state is not State.LIVE:
            return ()
        self.state = State.RENEWING
        return self._renew(now_ms)

    def lost(self, now_ms: int) -> Steps:
        """Its connection is gone."""
        self.is_subscribed = False
        if self.state is not State.STALLED:
            self.state = State.CONNECTING
        # One that breaks as soon as it stands is tried again by the clock only.
        return self._renew(now_ms) if now_ms - self._renewed_ms >= _SOON_MS else ()

    def polled(self, now_ms: int, *, is_newer: bool) -> Steps:
        """REST answered; whether it shows what the stream has not told."""
        if self.state not in (State.POLLING, State.STALLED, State.QUIET):
            return ()
        if not is_newer:
            if self.state is State.STALLED:
                return ()
            usual = self.deadlines.silence_ms
            self._pause_ms = min(
                max(self._pause_ms * 2, usual), self.deadlines.quiet_ms
            )
            self.state, self._missing_since = State.QUIET, None
            self._poll_at = now_ms + self._pause_ms
            return ()
        return self._missed(now_ms)

    def unpolled(self, now_ms: int) -> Steps:
        """REST failed as well: nothing is known any more."""
        if self.state not in (State.POLLING, State.STALLED, State.QUIET):
            return ()
        return self._missed(now_ms)

    def tick(self, now_ms: int) -> Steps:
        """Time has passed."""
        if self.state in (State.LIVE, State.CONNECTING, State.RENEWING):
            return self._waiting(now_ms)
        steps: list[Step] = []
        missing = self._missing_since
        is_over = missing is not None and now_ms - missing >= self._patience_ms
        if is_over and not self.is_alarmed:
            self.state, self.is_alarmed = State.STALLED, True
            steps.append(Step.ALARM)
        if missing is not None or not self.is_subscribed:
            steps += self._renew_if_due(now_ms)
        if now_ms >= self._poll_at:
            self._poll_at = now_ms + max(self.deadlines.poll_ms, self._pause_ms)
            steps.append(Step.POLL)
        return tuple(steps)

    @property
    def _patience_ms(self) -> int:
        """How long REST may show more than the stream; the silence came before."""
        limits = self.deadlines
        return max(limits.alarm_ms - limits.silence_ms - limits.verify_ms, 0)

    def _waiting(self, now_ms: int) -> Steps:
        if self.state is State.LIVE:
            if now_ms - self.silent_since_ms < self.deadlines.silence_ms:
                return ()
            self.state = State.RENEWING
            return self._renew(now_ms)
        if self._renewed_ms < 0:
            return self._renew(now_ms)
        if now_ms - self._renewed_ms < self.deadlines.verify_ms:
            return ()
        self.state = State.POLLING
        self._poll_at = now_ms + self.deadlines.poll_ms
        return (Step.POLL,)

    def _missed(self, now_ms: int) -> Steps:
        if self._missing_since is None:
            self._missing_since = now_ms
        self._pause_ms = 0
        self._poll_at = min(self._poll_at, now_ms + self.deadlines.poll_ms)
        if self.state is State.QUIET:
            self.state = State.POLLING
        return self._renew_if_due(now_ms)

    def _renew_if_due(self, now_ms: int) -> Steps:
        if now_ms - self._renewed_ms < 2 * self.deadlines.verify_ms:
            return ()
        return self._renew(now_ms)

    def _renew(self, now_ms: int) -> Steps:
        if self._renewed_ms >= 0:
            self.resubscriptions += 1
        self._renewed_ms = now_ms
        return (Step.SUBSCRIBE,)
