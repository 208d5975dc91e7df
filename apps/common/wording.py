"""The words of modules that know no Django: English until a translator is plugged in.

Whole sentences with named placeholders: ``_("%(name)s is empty") % {"name": name}``,
where ``_`` is ``gettext`` when the text is shown at once, and ``gettext_noop`` when it
is kept as written and translated by whoever shows it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Translator = Callable[[str], str]

_translator: Translator = str
_is_as_written: ContextVar[bool] = ContextVar("is_as_written", default=False)


def plug_in(translator: Translator) -> None:
    """Called once, when Django starts; the translator knows the reader's language."""
    global _translator
    _translator = translator


def gettext(text: str) -> str:
    """The text in the language of whoever reads it now."""
    return text if _is_as_written.get() else _translator(text)


def gettext_noop(text: str) -> str:
    """The text itself, marked for the message catalogues."""
    return text


@contextmanager
def as_written() -> Iterator[None]:
    """No translation in the block: for messages that are kept and shown to many."""
    token = _is_as_written.set(True)
    try:
        yield
    finally:
        _is_as_written.reset(token)
