"""A strategy goes by its class name in snake_case: ``EmaCross`` is ``ema_cross``."""

import keyword
import re

from apps.common.errors import InvalidInput
from apps.common.wording import gettext as _

# Before a capital that follows a small letter or digit, or that begins a word: RSIFast.
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
LONGEST_NAME = 60


def strategy_name(class_name: str) -> str:
    return WORD_START.sub("_", class_name).lower()


def class_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def checked_name(name: str) -> str:
    """``name`` when a file and a class can be called so. Raises InvalidInput."""
    if not SNAKE_CASE.fullmatch(name) or len(name) > LONGEST_NAME:
        rule = _(
            "name %(name)s is not small letters, digits and single underscores, "
            "such as my_idea"
        )
        raise InvalidInput(rule % {"name": repr(name[:80])}, field="name")
    if keyword.iskeyword(name):
        rule = _("name %(name)s is a word of Python's own")
        raise InvalidInput(rule % {"name": repr(name)}, field="name")
    listed = strategy_name(class_name(name))
    if listed != name:
        rule = _("name %(name)s would be listed as %(listed)s; choose that name")
        facts = {"name": repr(name), "listed": repr(listed)}
        raise InvalidInput(rule % facts, field="name")
    return name
