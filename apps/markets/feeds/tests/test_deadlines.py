"""Silence: noticed in time, alarmed once, and never the end of a channel."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.markets.feeds.deadlines import USUAL, ChannelWatch, State, Step

TICK = 250


def live(now=0):
    watch = ChannelWatch(USUAL, now)
    watch.tick(now)
    watch.subscribed()
    watch.heard(now)
    return watch


def passing(watch, start, until, *, newer=True):
    """All steps on the way, with REST answering each poll at once."""
    steps = []
    for now in range(start, until, TICK):
        for step in watch.tick(now):
            steps.append((now, step))
            if step is Step.POLL:
                steps += [(now, s) for s in watch.polled(now, is_newer=newer)]
            if step is Step.SUBSCRIBE:
                watch.subscribed()
    return steps


def words(steps):
    return [step for _, step in steps]


def test_busy_channel_does_nothing():
    watch = live()
    for now in range(0, 60_000, 1_000):
        assert watch.heard(now) == ()
        assert watch.tick(now) == ()


def test_silence_is_subscribed_again_then_polled_then_alarmed():
    watch = live()
    steps = passing(watch, 0, 20_000)
    first = {}
    for now, step in steps:
        first.setdefault(step, now)

    assert first[Step.SUBSCRIBE] == USUAL.silence_ms
    assert first[Step.POLL] == USUAL.silence_ms + USUAL.verify_ms
    assert first[Step.ALARM] <= USUAL.alarm_ms + TICK
    assert words(steps).count(Step.ALARM) == 1


def test_first_message_after_the_alarm_is_the_recovery():
    watch = live()
    passing(watch, 0, 20_000)

    assert watch.heard(20_000) == (Step.RECOVERED,)
    assert watch.heard(20_001) == ()
    assert watch.state is State.LIVE


def test_quiet_market_is_polled_ever_more_rarely_and_never_alarmed():
    watch = live()
    steps = passing(watch, 0, 600_000, newer=False)
    polls = [now for now, step in steps if step is Step.POLL]
    pauses = [b - a for a, b in pairwise(polls)]

    assert watch.state is State.QUIET
    assert Step.ALARM not in words(steps)
    assert pauses == sorted(pauses)
    assert pauses[-1] == USUAL.quiet_ms


def test_market_that_wakes_up_unheard_is_noticed():
    watch = live()
    passing(watch, 0, 30_000, newer=False)
    steps = passing(watch, 30_000, 130_000, newer=True)

    assert Step.SUBSCRIBE in words(steps)
    assert Step.ALARM in words(steps)


def test_rest_that_fails_as_well_is_alarmed():
    watch, alarms = live(), []
    for now in range(0, 30_000, TICK):
        for step in watch.tick(now):
            alarms += [now] if step is Step.ALARM else []
            if step is Step.POLL:
                watch.unpolled(now)

    assert len(alarms) == 1


def test_connection_that_breaks_at_once_is_not_tried_in_a_loop():
    watch = live()
    tries = sum(Step.SUBSCRIBE in watch.lost(now) for now in range(5_000, 6_000, 10))

    assert tries == 1


events = st.sampled_from(["heard", "lost", "newer", "same", "failed", "subscribed"])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(events, st.integers(0, 9_000)), max_size=60))
def test_alarm_and_recovery_alternate_and_no_channel_is_given_up(happenings):
    watch, now, told = ChannelWatch(USUAL, 0), 0, []
    for event, passed in happenings:
        now += passed
        told += watch.tick(now)
        match event:
            case "heard":
                told += watch.heard(now)
                assert watch.state is State.LIVE
            case "lost":
                told += watch.lost(now)
            case "newer" | "same":
                told += watch.polled(now, is_newer=event == "newer")
            case "failed":
                told += watch.unpolled(now)
            case "subscribed":
                watch.subscribed()
        loud = [step for step in told if step in (Step.ALARM, Step.RECOVERED)]
        expected = [(Step.ALARM, Step.RECOVERED)[n % 2] for n in range(len(loud))]
        assert loud == expected

    # From anywhere: unheard, it is looked after within a minute and a tick.
    for later in range(now, now + USUAL.quiet_ms + 2 * TICK, TICK):
        if watch.tick(later):
            return
    raise AssertionError(f"nothing is done any more in state {watch.state}")
