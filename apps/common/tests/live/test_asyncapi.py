"""The machines' description of the protocol says what the code does."""

from pathlib import Path

import pytest
import yaml

from apps.common.live import consumer, frames, outgoing, topics
from apps.common.live.allowance import Allowance

TOLD = yaml.safe_load(
    (Path(__file__).parents[4] / "docs" / "asyncapi.yaml").read_text()
)


def test_every_topic_on_offer_is_described_and_no_other():
    assert sorted(TOLD["x-topics"]) == list(topics.registered())


@pytest.mark.parametrize("prefix", TOLD["x-topics"])
def test_a_topic_is_whole_where_it_is_said_to_be(prefix):
    kind, _key = topics.find(f"{prefix}:1")

    assert kind.is_whole == TOLD["x-topics"][prefix]["whole"]


def test_the_limits_are_those_in_force():
    allowance = Allowance()

    assert TOLD["x-limits"] == {
        "frame-bytes": frames.MAX_BYTES,
        "topics": consumer.MAX_TOPICS,
        "frames-at-once": allowance.burst,
        "frames-per-second": allowance.rate,
        "updates-per-second-and-topic": 1 / outgoing.EVERY_S,
        "answers-waiting": outgoing.MOST_ANSWERS,
    }
    assert set(TOLD["x-close-codes"]) == {
        consumer.LOGIN_REQUIRED,
        consumer.TOO_SLOW,
        consumer.TOO_FAST,
    }


def test_the_frames_a_client_may_send_are_those_that_are_understood():
    said = TOLD["operations"]["say"]["messages"]
    names = {one["$ref"].rpartition("/")[2] for one in said}

    assert names == set(frames.OPERATIONS)


def test_a_topic_has_the_form_that_is_described():
    assert TOLD["components"]["schemas"]["topic"]["pattern"] == (
        f"^{topics.TOPIC.pattern}$"
    )


def test_every_reference_leads_somewhere():
    found = list(references(TOLD))

    assert len(found) > 20
    for path in found:
        place = TOLD
        for part in path.removeprefix("#/").split("/"):
            place = place[part]


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
