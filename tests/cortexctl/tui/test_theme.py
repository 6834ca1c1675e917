from __future__ import annotations

import pytest
from textual.color import Color

from cortexctl.tui import theme

TEXTS = ("foreground", "accent", "success", "warning", "error")


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """As WCAG 2 defines it."""
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in Color.parse(color).normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("ground", ["background", "cursor"])
def test_of_high_contrast_is_every_text_seven_to_one(ground: str) -> None:
    high = theme.CONTRAST
    texts = [*(getattr(high, name) for name in TEXTS), high.variables["unknown"], high.variables["muted"]]
    behind = high.background if ground == "background" else high.variables["cursor"]
    assert behind
    assert min(contrast(text, behind) for text in texts) >= 7.0


@pytest.mark.parametrize("name", ["cortex-dark", "cortex-light"])
def test_what_is_judged_can_be_read(name: str) -> None:
    known = next(each for each in theme.ALL if each.name == name)
    assert known.background
    assert min(contrast(getattr(known, text), known.background) for text in TEXTS) >= 4.5


@pytest.mark.parametrize(
    ("colours", "name"),
    [("truecolor", "cortex-dark"), ("256", "cortex-dark"), ("standard", "cortex-16"), (None, "cortex-dark")],
)
def test_the_theme_suits_the_terminal(colours: str | None, name: str) -> None:
    assert theme.suited(colours).name == name
