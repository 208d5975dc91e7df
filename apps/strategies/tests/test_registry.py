import hashlib
from importlib.metadata import EntryPoint
from threading import Thread

import pytest

from apps.common.errors import InvalidInput, NotFound
from apps.strategies import registry
from apps.strategies.registry import Source, packages
from apps.strategies.registry.names import checked_name, class_name, strategy_name

GOOD = '''
from apps.strategies.authoring import Integer, Signals, Strategy


class {name}(Strategy):
    """{text}"""

    period = Integer({period}, low=1, high=99)

    def signals(self, bars, x):
        return Signals()
'''


def write(folder, stem, *names, text="Does little.", period=5):
    file = folder / f"{stem}.py"
    source = "".join(GOOD.format(name=name, text=text, period=period) for name in names)
    file.write_text(source)
    return file


def entry(name, folder):
    return next(e for e in registry.discover([folder]) if e.name == name)


def test_the_library_is_always_listed():
    listed = {e.name: e for e in registry.discover()}

    assert {"ema_cross", "rsi_reversal", "donchian_breakout"} <= set(listed)
    assert listed["ema_cross"].source is Source.LIBRARY
    assert listed["ema_cross"].error is None


def test_an_entry_tells_what_the_file_holds(tmp_path):
    file = write(tmp_path, "mine", "MyIdea")

    found = entry("my_idea", tmp_path)

    assert found.source is Source.FOLDER
    assert found.file == file
    assert found.source_hash == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found.description == "Does little."
    assert [p["name"] for p in found.parameters] == ["period"]
    assert found.strategy(period="7").values() == {"period": 7}


@pytest.mark.parametrize(
    ("source", "kind", "message", "line"),
    [
        ("x = 1\ndef broken(:\n", "SyntaxError", "invalid syntax", 2),
        ("x = 1\n\nprint(1 / 0)\n", "ZeroDivisionError", "division by zero", 3),
        ("import json\njson.loads('{')\n", "JSONDecodeError", "Expecting", 2),
        ("import no_such_module\n", "ModuleNotFoundError", "no_such_module", 1),
        ("raise SystemExit('bye')\n", "SystemExit", "bye", 1),
        ("x = 1\n", "NoStrategy", "defines no Strategy", 0),
        ("", "NoStrategy", "defines no Strategy", 0),
        (
            "from apps.strategies.library.ema_cross import EmaCross",
            "NoStrategy",
            "defines no Strategy",
            0,
        ),
    ],
)
def test_a_broken_file_is_listed_with_its_error_and_breaks_nothing(
    tmp_path, source, kind, message, line
):
    (tmp_path / "broken.py").write_text(source)
    write(tmp_path, "mine", "MyIdea")

    error = entry("broken", tmp_path).error

    assert (error.kind, error.line) == (kind, line)
    assert message in error.message
    assert entry("my_idea", tmp_path).error is None


def test_a_file_that_is_no_text_is_listed_with_its_error(tmp_path):
    (tmp_path / "broken.py").write_bytes(b"x = '\xff\xfe'")

    assert entry("broken", tmp_path).error.kind == "SyntaxError"


def test_a_declaration_mistake_shows_its_line_and_rule(tmp_path):
    write(tmp_path, "mine", "MyIdea", period=500)

    error = entry("mine", tmp_path).error

    assert error.kind == "TypeError"
    assert "MyIdea.period: period 500 is above the highest" in error.message
    assert error.line == 5


def test_two_strategies_of_one_file_are_two_entries(tmp_path):
    write(tmp_path, "both", "OneIdea", "OtherIdea")

    names = [e.name for e in registry.discover([tmp_path]) if e.source is Source.FOLDER]

    assert names == ["one_idea", "other_idea"]


def test_underscored_files_and_missing_folders_are_skipped(tmp_path):
    write(tmp_path, "_helper", "Hidden")

    entries = registry.discover([tmp_path, tmp_path / "none", tmp_path])

    assert {e.source for e in entries} == {Source.LIBRARY}


def test_the_later_of_two_names_is_an_error_naming_both(tmp_path):
    file = write(tmp_path, "mine", "EmaCross")

    first, later = (e for e in registry.discover([tmp_path]) if e.name == "ema_cross")

    assert first.error is None
    assert later.error.kind == "NameClash"
    assert str(file) in later.error.message
    assert str(first.file) in later.error.message
    assert registry.load("ema_cross", [tmp_path]) is first.strategy


def test_an_unknown_name_gets_the_known_ones_and_a_guess():
    with pytest.raises(NotFound, match=r"Did you mean ema_cross\? Known: .*rsi_rev"):
        registry.load("ema_cros")


def test_a_broken_strategy_cannot_be_loaded_and_says_why(tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0")

    with pytest.raises(InvalidInput, match=r"ZeroDivisionError.*line 1"):
        registry.load("broken", [tmp_path])


def test_an_edited_file_is_picked_up_and_old_classes_keep_working(tmp_path):
    write(tmp_path, "mine", "MyIdea", period=5)
    before = registry.load("my_idea", [tmp_path])
    again = registry.load("my_idea", [tmp_path])
    write(tmp_path, "mine", "MyIdea", period=6)

    after = registry.load("my_idea", [tmp_path])

    assert before is again
    assert (before().period, after().period) == (5, 6)
    assert before.__module__ != after.__module__


def test_a_repaired_file_works_without_a_restart(tmp_path):
    (tmp_path / "mine.py").write_text("def (")
    assert entry("mine", tmp_path).error
    write(tmp_path, "mine", "MyIdea")

    assert registry.load("my_idea", [tmp_path])


def test_many_threads_load_one_class(tmp_path):
    write(tmp_path, "mine", "MyIdea")
    found = []
    threads = [
        Thread(target=lambda: found.append(registry.load("my_idea", [tmp_path])))
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("apps.strategies.library.rsi_reversal:RsiReversal", ["rsi_reversal"]),
        ("apps.strategies.library.ema_cross", ["ema_cross"]),
    ],
)
def test_a_package_announces_a_class_or_a_module(monkeypatch, value, names):
    point = EntryPoint("acme", value, packages.GROUP)
    monkeypatch.setattr(packages, "entry_points", lambda group: [point])

    entries = packages.package_entries()

    assert [e.name for e in entries] == names
    assert entries[0].source is Source.PACKAGE
    assert len(entries[0].source_hash) == 64


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("no_such_package", "No module named 'no_such_package'"),
        ("json:dumps", "no Strategy class"),
        ("json", "no Strategy class"),
    ],
)
def test_a_broken_package_is_listed_with_its_error(monkeypatch, value, message):
    point = EntryPoint("acme", value, packages.GROUP)
    monkeypatch.setattr(packages, "entry_points", lambda group: [point])

    found = next(e for e in registry.discover() if e.name == "acme")

    assert found.source is Source.PACKAGE
    assert message in found.error.message


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("EmaCross", "ema_cross"),
        ("RSIReversal", "rsi_reversal"),
        ("Donchian20", "donchian20"),
        ("X", "x"),
    ],
)
def test_a_class_name_becomes_snake_case(written, name):
    assert strategy_name(written) == name


@pytest.mark.parametrize("name", ["my_idea", "x", "ema2_cross", "abc"])
def test_a_good_name_survives_the_way_to_a_class_and_back(name):
    assert strategy_name(class_name(checked_name(name))) == name


BAD_NAMES = ["", "My", "my-idea", "_my", "my__idea", "my_", "2x", "class", "a_b"]
BAD_NAMES += ["x" * 99, "../x", "x.py", "é", "x\n", "donchian_20"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_refused(name):
    with pytest.raises(InvalidInput) as caught:
        checked_name(name)

    assert caught.value.field == "name"
