"""The decision alone: limits hold, the urgent go first, nobody waits for ever."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from apps.markets.gateways.budget.decision import (
    BACK_OFF_MS,
    Ask,
    Heard,
    Left,
    Outcome,
    Verdict,
    decide,
)
from apps.markets.gateways.budget.limits import Limit
from apps.markets.gateways.budget.state import FLIGHT_MS, Circuit, Group, State
from apps.markets.gateways.budget.tests.world import START_MS, Caller, World
from apps.markets.gateways.pacing import Priority

limits = st.builds(
    Limit,
    st.just("all calls"),
    calls=st.integers(10, 60),
    window_ms=st.integers(200, 5_000),
)
callers = st.builds(
    Caller,
    priority=st.sampled_from(Priority),
    calls=st.integers(1, 25),
    weight=st.sampled_from([1, 1, 1, 2, 7]),
    from_ms=st.integers(0, 8_000),
    way_ms=st.integers(0, 3_000),
    back_ms=st.integers(0, 1_000),
    overslept_ms=st.integers(0, 1_500),
    dies=st.booleans(),
)
_wakes = st.integers(0, 900)
_answers = st.integers(1, 400)
# A failing crowd is slow to make smaller, and no clearer for it.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
LIMIT = Limit("all calls", 100, 10_000)


def ask(priority=Priority.HISTORY, ticket="a", weight=1, born_ms=0) -> Ask:
    return Ask((LIMIT,), ticket, weight, priority, born_ms)


def heard(granted_ms=START_MS, outcome=Outcome.ANSWERED, **changes) -> Heard:
    given = {"weight": 1, "priority": Priority.HISTORY} | changes
    return Heard((LIMIT,), granted_ms=granted_ms, outcome=outcome, **given)


def state_of(limit: Limit = LIMIT) -> State:
    return State(groups={limit.name: Group(limit)})


@given(limits, st.lists(callers, min_size=1, max_size=25))
@settings(max_examples=150, deadline=None)
def test_no_window_ever_holds_more_than_the_limit(limit, crowd):
    world = World(limit)

    world.run(crowd)

    assert world.fullest() <= limit.calls


@given(limits, st.lists(callers, min_size=1, max_size=25), st.data())
@settings(max_examples=100, deadline=None)
def test_exits_never_wait_for_anybody_else(limit, crowd, data):
    others = [c for c in crowd if c.priority is not Priority.EXIT]
    kept = limit.calls - limit.ceilings[Priority.ORDER]
    times = data.draw(st.lists(st.integers(0, 9_000), min_size=kept, max_size=kept))
    exits = [Caller(Priority.EXIT, from_ms=at) for at in times]
    world = World(limit)

    world.run([*others, *exits])

    assert [c.waited_ms for c in exits] == [[0]] * len(exits)


@given(limits, st.lists(callers, min_size=1, max_size=25))
@settings(max_examples=100, deadline=None)
def test_everybody_alive_gets_every_call_through(limit, crowd):
    World(limit).run(crowd)

    alive = [caller for caller in crowd if not caller.dies]
    assert all(len(caller.sent) == caller.calls for caller in alive)


@given(st.lists(st.tuples(_wakes, _answers), min_size=20, max_size=20))
@settings(max_examples=15, deadline=None, phases=NO_SHRINKING)
def test_twenty_callers_get_about_equal_shares(habits):
    """Each is late in its own way, and all want more than there is."""
    crowd = [
        Caller(calls=1_000, overslept_ms=late_ms, back_ms=back_ms)
        for late_ms, back_ms in habits
    ]

    World(LIMIT).run(crowd, until_ms=60_000)

    sent = [len(caller.sent) for caller in crowd]
    assert min(sent) >= 0.6 * sum(sent) / len(sent)
    assert max(sent) <= 1.5 * sum(sent) / len(sent)


def test_orders_overtake_history_that_came_before():
    """Both want all there is: history is left with what is its own."""
    history = [Caller(calls=1_000) for _ in range(5)]
    orders = [Caller(Priority.ORDER, calls=1_000, from_ms=20_000) for _ in range(5)]

    World(LIMIT).run([*history, *orders], until_ms=80_000)

    late = [at for caller in history for at in caller.sent if at > 40_000]
    placed = [at for caller in orders for at in caller.sent if at > 40_000]
    assert len(placed) >= 10 * len(late)


def test_history_keeps_its_own_part_while_orders_want_everything():
    history = Caller(calls=1_000, from_ms=15_000)
    orders = [Caller(Priority.ORDER, calls=10_000, from_ms=330 * n) for n in range(30)]

    World(LIMIT).run([history, *orders], until_ms=100_000)

    # At most five of each hundred, over ten windows.
    assert 20 <= len(history.sent) <= 60


def test_history_alone_uses_its_ceiling_and_no_more():
    world = World(LIMIT)

    world.run([Caller(calls=1_000) for _ in range(20)], until_ms=60_000)

    assert world.fullest() == LIMIT.ceilings[Priority.HISTORY] == 70
    assert len(world.arrived) >= 0.95 * 6 * 70


def test_waiting_asks_at_most_once_a_second_and_not_in_a_rush():
    world = World(LIMIT)

    world.run([Caller(calls=1_000) for _ in range(20)], until_ms=60_000)

    assert world.asked <= len(world.arrived) + 20 * 60 * 1.5


def fill(state: State, count: int, priority=Priority.ACCOUNT) -> None:
    for n in range(count):
        question = ask(priority, f"fill{n}")
        assert decide(state, [], question, START_MS).verdict is Verdict.GO


def test_a_dead_waiter_holds_room_for_two_seconds_at_most():
    state = state_of()
    fill(state, 80)
    answered = [heard(priority=Priority.ACCOUNT) for _ in range(80)]
    decide(state, answered[:79], None, START_MS)
    decide(state, answered[79:], None, START_MS + 5_000)
    # Room for 79 comes at 10.2 s: the dead one wants it all, and asks no more.
    dead = ask(Priority.ACCOUNT, "dead", weight=79)
    late = decide(state, [], dead, START_MS + 10_100)
    alive = ask(Priority.ACCOUNT, "alive", born_ms=START_MS + 10_101)

    held = decide(state, [], alive, START_MS + 10_300)
    free = decide(state, [], alive, late.until_ms + 1_000)

    assert (held.verdict, free.verdict) == (Verdict.WAIT, Verdict.GO)
    assert late.until_ms <= START_MS + 11_100


def test_a_call_that_nobody_heard_of_counts_until_it_must_have_arrived():
    state = state_of()
    fill(state, 80)
    question = ask(Priority.ACCOUNT)
    later_ms = START_MS + LIMIT.window_ms + FLIGHT_MS

    early = decide(state, [], question, later_ms - 1)
    late = decide(state, [], question, later_ms + LIMIT.step_ms)

    assert (early.verdict, late.verdict) == (Verdict.WAIT, Verdict.GO)


def test_who_gave_up_leaves_its_place_at_once():
    state = state_of()
    fill(state, 79)
    big, small = ask(Priority.ACCOUNT, "a", weight=5), ask(Priority.ACCOUNT, "b")
    for question in (big, small):
        waiting = decide(state, [], question, START_MS + 5)
        assert waiting.verdict is Verdict.WAIT

    answer = decide(state, [Left((LIMIT,), "a")], small, START_MS + 9)

    assert answer.verdict is Verdict.GO


def test_what_others_used_at_our_address_is_left_to_them():
    state = state_of()

    decide(state, [heard(remaining=20)], None, START_MS)

    granted = 0
    while decide(state, [], ask(ticket=f"t{granted}"), START_MS).verdict is Verdict.GO:
        granted += 1
    # 80 are gone and history may fill 70, but for five that are its own.
    assert granted == 4
    assert decide(state, [], ask(Priority.ORDER), START_MS).verdict is Verdict.GO


def test_a_guess_about_others_never_keeps_an_exit_back():
    state = state_of()

    decide(state, [heard(remaining=0)], None, START_MS)

    assert decide(state, [], ask(Priority.EXIT), START_MS).verdict is Verdict.GO


def test_each_refusal_in_a_row_doubles_the_pause():
    state, now_ms, pauses = state_of(), START_MS, []
    for n in range(10):
        answer = decide(state, [], ask(ticket=f"t{n}"), now_ms)
        assert answer.verdict is Verdict.GO
        note = heard(now_ms, Outcome.SLOWED, draw=0.5)
        decide(state, [note], None, now_ms + 50)
        until_ms = state.groups[LIMIT.name].paused_ms
        pauses.append(until_ms - now_ms - 50)
        now_ms = until_ms

    assert pauses[:4] == [BACK_OFF_MS * 2**n for n in range(4)]
    assert pauses[-1] == 60_000


def test_a_burst_that_is_refused_as_one_counts_as_one():
    state = state_of()
    for n in range(30):
        decide(state, [], ask(ticket=f"t{n}"), START_MS)

    notes = [heard(START_MS, Outcome.SLOWED) for _ in range(30)]
    for n, note in enumerate(notes):
        decide(state, [note], None, START_MS + 50 + n)

    assert state.groups[LIMIT.name].strikes == 1


def test_after_a_refusal_one_call_goes_ahead_of_the_rest():
    state = state_of()
    decide(state, [heard(outcome=Outcome.SLOWED)], None, START_MS)
    later_ms = START_MS + 2_000

    first = decide(state, [], ask(ticket="a"), later_ms)
    second = decide(state, [], ask(ticket="b"), later_ms)
    assert (first.verdict, second.verdict) == (Verdict.GO, Verdict.WAIT)

    decide(state, [heard(later_ms)], None, later_ms + 50)
    assert decide(state, [], ask(ticket="b"), later_ms + 60).verdict is Verdict.GO


def test_exits_come_back_first_after_a_refusal():
    state, now_ms = state_of(), START_MS
    for _ in range(6):
        decide(state, [heard(now_ms, Outcome.SLOWED, draw=0.5)], None, now_ms)
        now_ms += 20_000
    struck_ms = now_ms - 20_000

    assert decide(state, [], ask(), struck_ms + 600).verdict is Verdict.WAIT
    exit_ = ask(Priority.EXIT, "exit")
    assert decide(state, [], exit_, struck_ms + 600).verdict is Verdict.GO


def test_the_time_the_exchange_names_is_kept_by_all():
    state = state_of()

    decide(state, [heard(outcome=Outcome.SLOWED, told_ms=4_000)], None, START_MS)

    for priority in Priority:
        answer = decide(state, [], ask(priority, str(priority)), START_MS + 3_900)
        assert answer.verdict is Verdict.WAIT


@pytest.mark.parametrize(
    "ban",
    [
        heard(outcome=Outcome.BANNED, told_ms=30_000),
        heard(outcome=Outcome.SLOWED, told_ms=30_000),
    ],
    ids=["ban", "429 with a long Retry-After"],
)
def test_a_ban_stops_everybody_until_its_end(ban):
    state = state_of()

    decide(state, [ban], None, START_MS)

    answer = decide(state, [], ask(Priority.EXIT), START_MS + 29_999)
    assert answer.verdict is Verdict.STOP
    assert answer.until_ms == START_MS + 30_000


def test_after_a_ban_one_probe_goes_and_its_answer_lets_all_go():
    state = state_of()
    decide(state, [heard(outcome=Outcome.BANNED, told_ms=30_000)], None, START_MS)
    later_ms = START_MS + 30_000

    probe = decide(state, [], ask(ticket="a"), later_ms)
    other = decide(state, [], ask(ticket="b"), later_ms + 1)
    assert (probe.verdict, other.verdict) == (Verdict.GO, Verdict.STOP)

    decide(state, [heard(later_ms)], None, later_ms + 50)
    assert state.breaker.state(later_ms + 50) is Circuit.CLOSED
    assert decide(state, [], ask(ticket="b"), later_ms + 51).verdict is Verdict.GO


def test_a_refused_probe_doubles_the_ban():
    state = state_of()
    decide(state, [heard(outcome=Outcome.BANNED)], None, START_MS)
    first_ms = state.breaker.until_ms - START_MS
    probe_ms = state.breaker.until_ms
    decide(state, [], ask(), probe_ms)

    decide(state, [heard(probe_ms, Outcome.BANNED)], None, probe_ms)

    assert state.breaker.until_ms - probe_ms == 2 * first_ms


def test_a_probe_that_died_gives_way_to_another():
    state = state_of()
    decide(state, [heard(outcome=Outcome.BANNED, told_ms=1_000)], None, START_MS)
    probe_ms = START_MS + 1_000
    decide(state, [], ask(ticket="a"), probe_ms)

    answer = decide(state, [], ask(ticket="b"), probe_ms + FLIGHT_MS)

    assert answer.verdict is Verdict.GO


def test_a_private_403_is_a_ban_only_after_a_429():
    calm, struck = state_of(), state_of()
    decide(struck, [heard(outcome=Outcome.SLOWED)], None, START_MS)

    for state in (calm, struck):
        decide(state, [heard(outcome=Outcome.DOUBTED)], None, START_MS + 1)

    assert calm.breaker.state(START_MS + 2) is Circuit.CLOSED
    assert struck.breaker.state(START_MS + 2) is Circuit.OPEN


def test_a_clock_set_back_costs_a_window_and_no_more():
    state = state_of()
    fill(state, 80)
    earlier_ms = START_MS - 3_600_000

    full = decide(state, [], ask(Priority.ACCOUNT), earlier_ms)
    free = decide(state, [], ask(Priority.ACCOUNT), earlier_ms + 10_200)

    assert (full.verdict, free.verdict) == (Verdict.WAIT, Verdict.GO)


def test_history_is_spread_over_the_window():
    world = World(LIMIT)

    world.run([Caller(calls=100) for _ in range(20)], until_ms=9_000)

    times = [at for at, _weight in world.arrived]
    busiest = max(sum(at <= t < at + 1_000 for t in times) for at in times)
    assert busiest <= 10


def test_a_weight_above_the_limit_is_let_through_when_all_is_free():
    state = state_of()

    assert decide(state, [], ask(weight=5_000), START_MS).verdict is Verdict.GO
    assert decide(state, [], ask(ticket="b"), START_MS + 1).verdict is Verdict.WAIT


def test_who_matters_less_leaves_room_for_who_waits():
    state = state_of()
    fill(state, 79)
    order = ask(Priority.ORDER, "order", weight=20)
    assert decide(state, [], order, START_MS).verdict is Verdict.WAIT

    answer = decide(state, [], ask(Priority.ACCOUNT), START_MS + 1)

    assert answer.verdict is Verdict.WAIT
