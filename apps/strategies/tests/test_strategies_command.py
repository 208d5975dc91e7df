from io import StringIO

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def folder(settings, tmp_path):
    settings.STRATEGY_FOLDERS = [tmp_path]
    return tmp_path


def test_new_writes_a_starter_that_list_then_shows(folder):
    out = StringIO()

    call_command("strategies", "new", "my_idea", stdout=out)
    call_command("strategies", "list", stdout=out)

    assert str(folder / "my_idea.py") in out.getvalue()
    assert "ema_cross" in out.getvalue()


def test_list_shows_a_broken_file_with_its_error(folder):
    (folder / "broken.py").write_text("x = [1\n")
    out = StringIO()

    call_command("strategies", "list", stdout=out)

    assert "SyntaxError" in out.getvalue()


def test_a_bad_name_is_a_command_error_and_writes_nothing(folder):
    with pytest.raises(CommandError, match="small letters"):
        call_command("strategies", "new", "My-Idea", stdout=StringIO())

    assert list(folder.iterdir()) == []
