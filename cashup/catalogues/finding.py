"""Every string of the project that somebody will read."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

# Babel's keyword table: which argument is the message, which its plural.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
SKIPPED = {"migrations", "tests", "vendor", "__pycache__"}
DOMAINS = ("django", "djangojs")


def found(domain: str) -> Catalog:
    """The catalogue the source asks for; ``djangojs`` is the browser's code."""
    catalog = Catalog(charset="utf-8")
    for file, method, text in _sources(domain):
        for line, message, _comments, context in extract(
            method, io.BytesIO(text.encode()), keywords=KEYWORDS
        ):
            catalog.add(message, None, [(file, line)], context=context)
    return catalog


def _sources(domain: str) -> Iterator[tuple[str, str, str]]:
    if domain == "djangojs":
        yield from _files(("static", "cashup"), "*.js", "javascript")
        return
    yield from _files(("cashup", "apps"), "*.py", "python")
    for file, _, text in _files(("templates", "apps"), "*.html", "html"):
        # Django turns tags into gettext calls; the rest of the page is X-ed out, and
        # the JavaScript reader is the one that does not mind.
        yield file, "javascript", templatize(text)


def _files(
    folders: Iterable[str], pattern: str, method: str
) -> Iterator[tuple[str, str, str]]:
    for folder in folders:
        for path in sorted((settings.BASE_DIR / folder).rglob(pattern)):
            file = path.relative_to(settings.BASE_DIR)
            if not SKIPPED & set(file.parts):
                yield str(file), method, path.read_text(encoding="utf-8")


def catalogue_paths() -> list[Path]:
    """Each language's .po of each domain."""
    root = Path(settings.LOCALE_PATHS[0])
    return [
        folder / "LC_MESSAGES" / f"{domain}.po"
        for folder in sorted(root.iterdir())
        for domain in DOMAINS
        if folder.is_dir()
    ]
