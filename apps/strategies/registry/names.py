"""A strategy goes by its class name in snake_case: ``EmaCross`` is ``ema_cross``."""

import keyword
import re

from apps.common.errors import InvalidInput

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
        rule = "is not small letters, digits and single underscores, such as my_idea"
        raise InvalidInput(f"name {name[:80]!r} {rule}", field="name")
    if keyword.iskeyword(name):
        raise InvalidInput(f"name {name!r} is a word of Python's own", field="name")
    listed = strategy_name(class_name(name))
    if listed != name:
        rule = f"would be listed as {listed!r}; choose that name"
        raise InvalidInput(f"name {name!r} {rule}", field="name")
    return name
