"""People for tests of any room."""

from itertools import count
from typing import Any

from django.contrib.auth import get_user_model

PASSWORD = "correct horse 42"
_numbers = count(1)


def make_user(**changes: Any) -> Any:
    """A person whose password is ``PASSWORD``."""
    values = {"username": f"person{next(_numbers)}", "password": PASSWORD, **changes}
    return get_user_model().objects.create_user(**values)
