"""Marking text for the message catalogues where Django may not be imported."""


def gettext_noop(text: str) -> str:
    """The text itself; whoever shows it translates it."""
    return text
