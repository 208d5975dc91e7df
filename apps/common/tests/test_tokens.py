"""Each pair of colours keeps its contrast, in both themes and all palettes."""

import re
from functools import cache

import pytest
from django.conf import settings

CSS = settings.BASE_DIR / "static" / "css"
TEXT, MARK = 4.5, 3.0
THEMES = ("light", "dark")
PALETTES = ("green-up", "red-up", "blue-up")
# Text on a card, on the page, on raised ground.
TEXTS = [
    (text, ground, TEXT)
    for text in ("text", "text-2", "muted", "link", "up", "down", "good")
    for ground in ("surface", "page", "raised")
]
ON_SOFT = [
    ("up", "up-soft", TEXT),
    ("down", "down-soft", TEXT),
    ("good", "good-soft", TEXT),
    ("info", "info-soft", TEXT),
    ("warn", "warn-soft", TEXT),
    ("crit", "crit-soft", TEXT),
    ("text", "selected", TEXT),
    ("text", "sunk", TEXT),
    ("text-2", "sunk", TEXT),
    ("muted", "sunk", TEXT),
]
ON_FILLS = [
    ("on-accent", "accent", TEXT),
    ("on-mode", "live", TEXT),
    ("on-mode", "paper", TEXT),
    ("on-mode", "simulator", TEXT),
    ("info", "surface", TEXT),
    ("warn", "surface", TEXT),
    ("crit", "surface", TEXT),
]
MARKS = [
    (mark, "surface", MARK)
    for mark in (
        "field",
        "bar",
        "up-fill",
        "down-fill",
        "good-fill",
        "warn-bar",
        "crit-bar",
        "series-1",
        "series-2",
        "series-3",
        "series-4",
    )
]


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("pair", [*TEXTS, *ON_SOFT, *ON_FILLS, *MARKS], ids=str)
def test_pair_keeps_its_contrast(pair, theme, palette):
    front, ground, least = pair
    tokens = tokens_of(theme, palette)

    assert contrast(tokens[front], tokens[ground]) >= least


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("fill", ["up-fill", "down-fill"])
def test_text_stays_readable_on_the_strongest_heat(theme, fill):
    from apps.common.charts.heat import STRONGEST_PCT

    for palette in PALETTES:
        tokens = tokens_of(theme, palette)
        ground = mixed(tokens[fill], tokens["sunk"], STRONGEST_PCT / 100)

        assert contrast(tokens["text"], ground) >= TEXT


def test_only_the_tokens_name_colours():
    named = {
        file.name: re.findall(r"#[0-9a-f]{3,8}\b", file.read_text())
        for file in CSS.glob("*.css")
        if file.name != "tokens.css"
    }

    assert {name: found for name, found in named.items() if found} == {}


@cache
def tokens_of(theme: str, palette: str) -> dict[str, str]:
    """Name to #rrggbb, as the cascade of the token file gives it."""
    css = (CSS / "tokens.css").read_text()
    selectors = [":root", f'html[data-updown="{palette}"]']
    if theme == "dark":
        selectors.append("html.dark")
    raw: dict[str, str] = {}
    for selector, body in re.findall(r"^([^\s@/][^{]*) \{(.*?)^\}", css, re.M | re.S):
        if selector in selectors:
            raw |= dict(re.findall(r"--cu-([\w-]+):\s*(#\w{6}|var\([\w-]+\));", body))
    return {name: _resolved(name, raw) for name in raw}


def _resolved(name: str, raw: dict[str, str]) -> str:
    value = raw[name]
    while value.startswith("var("):
        value = raw[value[len("var(--cu-") : -1]]
    return value


def channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def mixed(front: str, ground: str, share: float) -> str:
    pairs = zip(channels(front), channels(ground), strict=True)
    parts = [round(255 * (share * a + (1 - share) * b)) for a, b in pairs]
    return "#" + "".join(f"{part:02x}" for part in parts)


def luminance(colour: str) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
