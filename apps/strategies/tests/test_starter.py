import pytest

from apps.common.errors import Conflict, InvalidInput
from apps.strategies import registry
from apps.strategies.authoring.evaluation import signals_of
from apps.strategies.tests.builders import wave_bars


def test_a_written_starter_is_discovered_and_gives_signals(tmp_path):
    file = registry.write_starter("my_idea", tmp_path / "new" / "folder")

    strategy = registry.load("my_idea", [file.parent])(period=10)
    signals = signals_of(strategy, wave_bars())

    assert file.name == "my_idea.py"
    assert signals.enter_long.any()
    assert signals.exit_long.any()
    assert signals.levels.stop_loss == 0.05


def test_a_starter_explains_itself_and_fits_the_page():
    lines = registry.starter_source("my_idea").splitlines()

    assert lines[0] == '"""My idea: what is the idea, in one line?"""'
    assert max(map(len, lines)) <= 88


def test_a_starter_never_replaces_a_file(tmp_path):
    file = registry.write_starter("my_idea", tmp_path)
    file.write_text("# a week of work")

    with pytest.raises(Conflict, match="exists already"):
        registry.write_starter("my_idea", tmp_path)

    assert file.read_text() == "# a week of work"


@pytest.mark.parametrize("name", ["../escape", "My-Idea", "", "class"])
def test_a_bad_name_writes_nothing(tmp_path, name):
    with pytest.raises(InvalidInput):
        registry.write_starter(name, tmp_path / "folder")

    assert list(tmp_path.iterdir()) == []
