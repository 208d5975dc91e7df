"""What one client still has to be sent: bounded, paced, the newest only."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from apps.common.live import frames
from apps.common.live.outgoing import EVERY_S, MOST_ANSWERS, Outgoing, TooSlowError


class Reader:
    """Takes frames as they come; none while ``may_read`` is not set."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, dict]] = []
        self.may_read = asyncio.Event()
        self.may_read.set()

    async def take(self, frame: str) -> None:
        await self.may_read.wait()
        self.taken.append((asyncio.get_running_loop().time(), json.loads(frame)))

    @property
    def numbers(self) -> list[int]:
        return [frame["seq"] for _at, frame in self.taken]


def update(seq: int, topic: str = "a") -> tuple[str, int, str]:
    return topic, seq, frames.state("update", topic, seq, "{}")


@asynccontextmanager
async def client():
    reader = Reader()
    outgoing = Outgoing(reader.take)
    task = asyncio.create_task(outgoing.run())
    yield reader, outgoing
    outgoing.stop()
    task.cancel()


async def test_a_steady_five_a_second_arrives_whole_and_as_steps():
    async with client() as (reader, outgoing):
        outgoing.state(*update(1))
        for seq in range(2, 7):
            await asyncio.sleep(EVERY_S)
            outgoing.update(*update(seq))
        await asyncio.sleep(EVERY_S)

    assert reader.numbers == [1, 2, 3, 4, 5, 6]
    assert [f["type"] for _at, f in reader.taken] == ["snapshot"] + ["update"] * 5


async def test_a_burst_becomes_its_last_value():
    async with client() as (reader, outgoing):
        outgoing.state(*update(1))
        await asyncio.sleep(0)
        for seq in range(2, 500):
            outgoing.update(*update(seq))
        await asyncio.sleep(3 * EVERY_S)

    assert reader.numbers == [1, 499]
    assert reader.taken[-1][1]["type"] == "snapshot"


async def test_in_the_long_run_there_are_at_most_five_a_second():
    async with client() as (reader, outgoing):
        loop = asyncio.get_running_loop()
        outgoing.state(*update(1))
        began, seq = loop.time(), 1
        while loop.time() - began < 1.5:
            seq += 1
            outgoing.update(*update(seq))
            await asyncio.sleep(0.01)

    assert len(reader.taken) <= 2 + 1.5 / EVERY_S


async def test_while_nobody_reads_only_the_newest_of_each_topic_waits():
    async with client() as (reader, outgoing):
        reader.may_read.clear()
        outgoing.state(*update(1, "x"))
        await asyncio.sleep(0.01)
        for seq in range(1, 1000):
            outgoing.update(*update(seq, "a"))
            outgoing.update(*update(seq, "b"))
        assert outgoing.stuck_s() > 0
        reader.may_read.set()
        await asyncio.sleep(0.01)

    assert reader.numbers == [1, 999, 999]
    assert outgoing.stuck_s() == 0


async def test_answers_keep_their_order_and_have_an_end():
    async with client() as (reader, outgoing):
        reader.may_read.clear()
        with pytest.raises(TooSlowError):
            for number in range(MOST_ANSWERS + 2):
                outgoing.answer(frames.frame("pong", seq=number))
                await asyncio.sleep(0)
        reader.may_read.set()
        await asyncio.sleep(0.05)

    assert reader.numbers == sorted(reader.numbers)
    assert len(reader.numbers) >= MOST_ANSWERS


async def test_a_topic_that_was_left_is_silent_also_when_it_was_due():
    async with client() as (reader, outgoing):
        outgoing.state(*update(1))
        await asyncio.sleep(0.01)
        outgoing.update(*update(2))
        outgoing.forget("a")
        await asyncio.sleep(2 * EVERY_S)

    assert reader.numbers == [1]
