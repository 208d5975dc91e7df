"""One contract, three stores: the same questions get the same answers everywhere."""

import asyncio
import fcntl
import subprocess
import sys
from random import Random

import pytest

from apps.markets.gateways.budget.decision import (
    Ask,
    Heard,
    Left,
    Note,
    Outcome,
    Verdict,
)
from apps.markets.gateways.budget.limits import Limit
from apps.markets.gateways.budget.stores.file import FileStore
from apps.markets.gateways.budget.stores.memory import MemoryStore
from apps.markets.gateways.budget.stores.redis import RedisStore
from apps.markets.gateways.budget.stores.sturdy import SturdyStore
from apps.markets.gateways.budget.tests import redis_here
from apps.markets.gateways.pacing import Priority

START_MS = 1_700_000_000_000
LIMITS = (
    Limit("a", 20, 1_000),
    Limit("b", 30, 3_000, (1.0, 1.0, 0.95, 0.9)),
    Limit("c", 10, 1_000),
)
LOCK_AND_STAY = """
import fcntl, sys, time
file = open(sys.argv[1], "r+")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(60)
"""


class Clock:
    def __init__(self) -> None:
        self.ms = START_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "file", "redis"])
def store(request, clock, tmp_path):
    if request.param == "memory":
        yield MemoryStore(clock)
    elif request.param == "file":
        yield FileStore(tmp_path / "gate.state", clock)
    else:
        with redis_here.key() as key:
            yield RedisStore(redis_here.URL, key, clock)


def ask(limit=LIMITS[0], ticket="t", priority=Priority.ORDER, weight=1) -> Ask:
    return Ask((limit,), ticket, weight, priority)


async def granted(store, count: int, **question) -> int:
    asks = [ask(ticket=f"t{n}", **question) for n in range(count)]
    answers = [await store.step([], each) for each in asks]
    return sum(answer.verdict is Verdict.GO for answer in answers)


async def test_a_store_grants_to_the_ceiling_and_again_a_window_later(store, clock):
    assert await granted(store, 30) == 18

    answered = Heard((LIMITS[0],), 1, Priority.ORDER, clock.ms, Outcome.ANSWERED)
    await store.step([answered] * 18, None)
    clock.ms += 2_500  # the twelve that waited are forgotten by then
    assert await granted(store, 30) == 18


async def test_a_store_shows_what_is_used_and_who_waits(store):
    await granted(store, 30)

    view = store.look()

    (group,) = view.groups
    own, others = group.by_priority()
    assert (group.limit.name, group.limit.calls, own, others) == (
        "a",
        20,
        [0, 18, 0, 0],
        0,
    )
    assert group.waiting() == [0, 12, 0, 0]


async def test_a_store_remembers_a_ban(store, clock):
    ban = Heard((LIMITS[1],), 1, Priority.HISTORY, 0, Outcome.BANNED, told_ms=9_000)
    await store.step([ban], None)

    answer = await store.step([], ask())

    assert (answer.verdict, answer.until_ms) == (Verdict.STOP, START_MS + 9_000)
    assert store.look().breaker.until_ms == START_MS + 9_000


class Story:
    """Random questions and answers, with clocks set back and calls lost."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self.random, self.clock = Random(seed), clock
        self.let_go: list[tuple[Ask, int]] = []
        self.born: dict[str, int] = {}

    def next(self) -> tuple[list[Note], Ask]:
        jumps = [0, 1, 5, 30, 200, 400, 1_500] * 6 + [-300, 20_000, -50_000]
        self.clock.ms += self.random.choice(jumps)
        return [self.note() for _ in range(self.random.randrange(3))], self.ask()

    def ask(self) -> Ask:
        limits = tuple(self.random.sample(LIMITS, self.random.choice([1, 1, 2])))
        ticket = f"t{self.random.randrange(10)}"
        weight = self.random.choice([1, 1, 1, 3, 50])
        priority = Priority(self.random.randrange(4))
        born_ms = self.random.choice([0, self.born.get(ticket, 0)])
        return Ask(limits, ticket, weight, priority, born_ms)

    def note(self) -> Note:
        if not self.let_go or self.random.random() < 0.2:
            return Left(LIMITS[:1], f"t{self.random.randrange(10)}")
        ask, granted_ms = self.let_go.pop(self.random.randrange(len(self.let_go)))
        return Heard(
            *(ask.limits, ask.weight, ask.priority, granted_ms),
            Outcome(self.random.choice([0] * 12 + [1, 1, 2, 3, 4, 5])),
            self.random.choice([-1, -1, 0, 5, 25]),
            self.random.choice([0, 0, 500, 3_000, 20_000]),
            self.random.random(),
        )

    def take(self, ask: Ask, answer) -> None:
        self.born[ask.ticket] = answer.born_ms
        if answer.verdict is Verdict.GO:
            self.let_go.append((ask, answer.now_ms))


@pytest.mark.parametrize("seed", range(12))
async def test_redis_and_file_decide_as_the_plain_function_does(seed, clock, tmp_path):
    story = Story(seed, clock)
    with redis_here.key() as key:
        plain = MemoryStore(clock)
        others = (
            FileStore(tmp_path / "gate.state", clock),
            RedisStore(redis_here.URL, key, clock),
        )
        for _ in range(120):
            notes, question = story.next()
            answer = await plain.step(notes, question)
            for other in others:
                assert await other.step(notes, question) == answer
            story.take(question, answer)


async def test_a_lock_whose_holder_is_killed_is_free_at_once(tmp_path):
    path = tmp_path / "gate.state"
    store = FileStore(path)
    await store.step([], ask(ticket="first"))
    command = [sys.executable, "-c", LOCK_AND_STAY, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"locked\n"
        asking = asyncio.create_task(store.step([], ask()))
        await asyncio.sleep(0.1)
        was_held_up = not asking.done()
        holder.kill()
        answer = await asyncio.wait_for(asking, 1)

    assert was_held_up
    assert answer.verdict is Verdict.GO


async def test_a_lock_that_is_never_let_go_is_given_up(tmp_path):
    """A stopped process: this machine goes on without the file for a while."""
    path = tmp_path / "gate.state"
    sturdy = SturdyStore(FileStore(path), MemoryStore())
    await sturdy.step([], ask(ticket="first"))
    with path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        answer = await asyncio.wait_for(sturdy.step([], ask()), 5)
        again = await asyncio.wait_for(sturdy.step([], ask(ticket="b")), 0.1)

    assert answer.verdict is again.verdict is Verdict.GO


async def test_a_damaged_file_is_begun_anew(tmp_path):
    path = tmp_path / "gate.state"
    store = FileStore(path)
    await granted(store, 30)
    path.write_bytes(b"\xff" * path.stat().st_size)

    assert await granted(FileStore(path), 30) == 18


async def test_a_half_written_file_keeps_what_was_before(tmp_path):
    path = tmp_path / "gate.state"
    await granted(FileStore(path), 18)
    body = bytearray(path.read_bytes())
    part = 2 * 32_768 + 4_096  # of the first group, after the names
    unused = part + 4_096 + 32_768 * (1 - body[part])
    body[unused : unused + 100] = b"\x01" * 100
    path.write_bytes(body)

    assert await granted(FileStore(path), 5) == 0


async def test_without_redis_the_machines_own_file_decides(tmp_path, caplog):
    path = tmp_path / "gate.state"
    away = RedisStore("redis://127.0.0.1:1/0", "nobody")
    one, two = (
        SturdyStore(away, FileStore(path), MemoryStore()),
        SturdyStore(away, FileStore(path), MemoryStore()),
    )

    counts = [await granted(one, 10), await granted(two, 30)]

    assert sum(counts) == 18
    assert caplog.text.count("budget.store_away") == 2
    assert one.look().kept_in == "file"


async def test_more_groups_than_there_is_room_for_do_not_outgrow_the_file(tmp_path):
    store = FileStore(tmp_path / "gate.state")

    for n in range(300):
        answer = await store.step([], ask(Limit(f"GET /{n}", 10, 1_000)))

    assert answer.verdict in (Verdict.GO, Verdict.WAIT)
    assert len(store.look().groups) == 127
