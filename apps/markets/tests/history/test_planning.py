"""What is asked for: everything that is missing, in as few calls as possible."""

from itertools import pairwise
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.markets.history import backoff
from apps.markets.history.pages import pages
from apps.markets.history.spans import Span, minus, missing, on_grid, within

STEP = 60_000
slots = st.sets(st.integers(0, 120), max_size=60)


def _times(found):
    return np.array(sorted(found), np.int64) * STEP


def _slots(spans):
    return {
        slot
        for span in spans
        for slot in range(span.start_ms // STEP, span.end_ms // STEP)
    }


@given(slots, st.integers(0, 60), st.integers(0, 60))
def test_missing_is_the_grid_without_what_is_stored(stored, first, length):
    wanted = Span(first * STEP, (first + length) * STEP)

    holes = missing(_times(stored), wanted, STEP)

    assert _slots(holes) == set(range(first, first + length)) - stored
    assert all(a.end_ms < b.start_ms for a, b in pairwise(holes))


@given(slots, slots, st.integers(1, 130))
def test_minus_leaves_what_nobody_took(wanted, taken, cut):
    whole = Span(0, 121 * STEP)
    spans = missing(_times(set(range(121)) - wanted), whole, STEP)
    cuts = missing(_times(set(range(121)) - taken), whole, STEP)

    assert _slots(minus(spans, cuts)) == wanted - taken
    assert _slots(within(spans, Span(0, cut * STEP))) == wanted & set(range(cut))


@given(slots, st.integers(1, 40))
def test_calls_cover_every_hole_and_none_is_too_long(stored, per_call):
    wanted = Span(0, 121 * STEP)
    holes = missing(_times(stored), wanted, STEP)

    calls = pages(holes, STEP, per_call)

    assert _slots(holes) <= _slots(calls)
    assert all(0 < call.count(STEP) <= per_call for call in calls)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(calls))


@given(slots, st.integers(1, 40))
def test_each_call_is_needed(stored, per_call):
    """Greedy from the left is the fewest: each call begins at a missing candle that
    no earlier call can reach."""
    holes = missing(_times(stored), Span(0, 121 * STEP), STEP)
    lacking = _slots(holes)

    calls = pages(holes, STEP, per_call)

    fewest, edge = 0, -1
    for slot in sorted(lacking):
        if slot >= edge:
            fewest, edge = fewest + 1, slot + per_call
    assert len(calls) == fewest
    assert all(call.start_ms // STEP in lacking for call in calls)
    assert all(call.end_ms // STEP - 1 in lacking for call in calls)


def test_a_year_of_minutes_takes_526_calls():
    year = on_grid(0, 365 * 86_400_000, STEP)

    assert len(pages([year], STEP, 1000)) == 526


def test_the_grid_holds_only_candles_that_open_inside():
    assert on_grid(1, STEP + 1, STEP) == Span(STEP, 2 * STEP)
    assert on_grid(5, 10, STEP) == Span(STEP, STEP)


def test_waits_grow_differ_and_have_an_end():
    random = Random(1)
    waits = [backoff.wait_s(failures, random) for failures in range(1, 30)]

    assert waits[0] <= backoff.FIRST_S
    assert max(waits) <= backoff.LONGEST_S
    assert len({backoff.wait_s(5, random) for _ in range(20)}) == 20
