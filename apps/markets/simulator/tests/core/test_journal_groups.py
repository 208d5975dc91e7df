"""A start reads the journal in long groups; where they end must not matter."""

import gc
from itertools import pairwise

import pytest

from apps.markets.simulator.core import collecting, journal
from apps.markets.simulator.core.errors import JournalBroken
from apps.markets.simulator.core.journal import groups
from apps.markets.simulator.core.snapshots import restore
from apps.markets.simulator.core.storage import FileStorage
from apps.markets.simulator.core.venue import JOURNAL, Venue
from apps.markets.simulator.tests.core.factories import limit, make_venue


@pytest.fixture(params=[1, 4, 1_000])
def written(request, tmp_path, monkeypatch):
    """The folder of a journal that is read in groups of about so many lines."""
    monkeypatch.setattr(journal, "_MANY", request.param)
    venue = make_venue(tmp_path)
    for _ in range(4):
        venue.place("ann", limit("buy", "1", "100"))
        venue.place("ben", limit("sell", "0.5", "100"))
    venue.close()
    return tmp_path


def lines_of(folder):
    return (folder / JOURNAL).read_bytes().splitlines(keepends=True)


def test_every_stop_ends_a_group(written):
    ends = [n for n, line in enumerate(lines_of(written), 1) if b'"end":1' in line]
    storage = FileStorage(written / JOURNAL)

    for stop in ends:
        assert stop in [group.number for group in groups(storage, stop)]
    assert [group.number for group in groups(storage)][-1] == ends[-1]
    storage.close()


def test_a_stop_far_away_makes_no_long_group(written):
    lines = lines_of(written)
    ends = [0, *(n for n, line in enumerate(lines, 1) if b'"end":1' in line)]
    longest = max(end - start for start, end in pairwise(ends))
    storage = FileStorage(written / JOURNAL)

    sizes = [len(group.lines) for group in groups(storage, len(lines))]

    storage.close()
    assert max(sizes) < journal._MANY + longest


def test_no_snapshot_knows_more_than_it_was_asked_for(written):
    lines = len(lines_of(written))
    storage = FileStorage(written / JOURNAL)

    for upto in range(1, lines + 1):
        assert restore(storage, None, upto).lines <= upto
    assert restore(storage, None, lines).lines == lines
    storage.close()


def test_a_journal_torn_anywhere_starts_at_its_last_whole_operation(written):
    lines, data = lines_of(written), (written / JOURNAL).read_bytes()
    whole, size = [0], 0
    for line in lines:
        size += len(line)
        if b'"end":1' in line:
            whole.append(size)

    for cut in range(0, len(data), 97):
        (written / JOURNAL).write_bytes(data[:cut])
        storage = FileStorage(written / JOURNAL)
        sizes = [group.size for group in groups(storage)] or [0]
        storage.close()

        assert sizes[-1] == max(size for size in whole if size <= cut)


def test_a_line_changed_anywhere_is_found(written):
    lines = lines_of(written)
    for number in range(len(lines) - 1):
        changed = [*lines]
        changed[number] = changed[number].replace(b'"t":17', b'"t":18', 1)
        (written / JOURNAL).write_bytes(b"".join(changed))

        with pytest.raises(JournalBroken) as broken:
            Venue.open(written)

        assert broken.value.line == number + 1


def test_balances_are_those_of_their_last_lines(written):
    venue = make_venue(written)

    parts = venue.truth()["balances"]

    for name in ("ann", "ben", "house", "liquidity"):
        for currency, balance in venue.balances(name).items():
            told = parts[name][currency]
            assert told["available"] == f"{balance.available:f}"
            assert told["locked"] == f"{balance.locked:f}"


def test_what_is_written_after_a_torn_operation_continues_the_chain(written):
    data = (written / JOURNAL).read_bytes()
    (written / JOURNAL).write_bytes(data[:-7])
    venue = make_venue(written)
    venue.place("ann", limit("buy", "1", "90"))
    venue.close()

    again = make_venue(written)

    assert again.open_orders("ann")[0].price == 90


def test_a_long_start_is_not_looked_through_by_the_collector(written, monkeypatch):
    monkeypatch.setattr(collecting, "LASTING", 10)
    before = gc.get_freeze_count()

    Venue.open(written)

    frozen, is_enabled = gc.get_freeze_count(), gc.isenabled()
    gc.unfreeze()
    assert (frozen > before, is_enabled) == (True, True)
