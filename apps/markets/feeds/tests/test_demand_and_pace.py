"""Who needs what, and how often it is told."""

from hypothesis import given
from hypothesis import strategies as st

from apps.markets.feeds.demand import Demand
from apps.markets.feeds.pace import Pace


def test_channel_lives_while_anybody_needs_it_and_a_moment_longer():
    demand = Demand[str](linger_ms=1_000)
    demand.set("bot", ["BTC"], 0)
    demand.set("page", ["BTC", "ETH"], 0)
    demand.leave("page", 100)

    assert demand.wanted(200) == {"BTC", "ETH"}
    assert demand.wanted(1_100) == {"BTC"}
    demand.leave("bot", 1_200)
    assert demand.wanted(2_200) == frozenset()


wishes = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sets(st.sampled_from("xyz")),
    st.integers(0, 99),
)


@given(st.lists(wishes, max_size=40))
def test_what_is_wanted_is_what_askers_want(changes):
    demand, asked, now = Demand[str](linger_ms=0), {}, 0
    for asker, wanted, passed in changes:
        now += passed
        demand.set(asker, wanted, now)
        asked[asker] = wanted

    assert demand.wanted(now) == frozenset().union(*asked.values())
    for one in "xyz":
        assert demand.askers_of(one) == sum(one in wanted for wanted in asked.values())


class Timers:
    """Time that the test moves."""

    def __init__(self):
        self.now, self.due = 0.0, []

    def time(self):
        return self.now

    def call_later(self, delay, callback, *args):
        entry = [self.now + delay, callback, args, True]
        self.due.append(entry)
        return Handle(entry)

    def move(self, until):
        while ready := [e for e in self.due if e[3] and e[0] <= until]:
            first = min(ready, key=lambda entry: entry[0])
            self.due.remove(first)
            self.now = first[0]
            first[1](*first[2])
        self.now = until


class Handle:
    def __init__(self, entry):
        self.entry = entry

    def cancel(self):
        self.entry[3] = False


@given(st.lists(st.floats(0, 0.5), max_size=60))
def test_topic_is_told_at_most_five_times_a_second_and_ends_with_the_latest(pauses):
    timers, told, latest = Timers(), [], 0
    pace = Pace(timers, lambda topic: told.append((timers.now, latest)))
    for pause in pauses:
        timers.move(timers.now + pause)
        latest += 1
        pace.touch("ticker:1")
    timers.move(timers.now + 1)

    moments = [moment for moment, _ in told]
    for first, start in enumerate(moments):
        for count, moment in enumerate(moments[first:]):
            assert moment - start >= 0.2 * count - 0.15 - 1e-9
    assert [value for _, value in told][-1:] == ([latest] if pauses else [])


def test_steady_changes_are_told_as_they_come_not_by_the_clock():
    timers, ages = Timers(), []
    changed_at = 0.0
    pace = Pace(timers, lambda topic: ages.append(timers.now - changed_at))
    for number in range(100):
        timers.move(number * 0.1 + 0.0003 * (number % 2))
        changed_at = timers.now
        pace.touch("ticker:1")

    assert 48 <= len(ages) <= 52
    assert max(ages[2:]) < 0.001


def test_forgotten_topic_is_told_no_more():
    timers, told = Timers(), []
    pace = Pace(timers, told.append)
    pace.touch("a")
    pace.touch("a")
    pace.forget("a")
    timers.move(1)

    assert told == ["a"]
