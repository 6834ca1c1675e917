"""The colours. They are near those of the 256-colour cube, so that a terminal without true colour shows the same."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

UNKNOWN = "#af87d7"
"""Not one of Textual's roles: neither good nor bad, only not known."""
DEFAULTS = {"unknown": UNKNOWN, "muted": "#7f7f7f", "cursor": "#303030"}
"""For the themes that are not ours."""

DARK = Theme(
    name="cortex-dark",
    dark=True,
    primary="#5f87af",
    secondary="#5f8787",
    accent="#87afd7",
    success="#87af87",
    warning="#d7af5f",
    error="#d75f5f",
    foreground="#c6c6c6",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    variables={
        "unknown": UNKNOWN,
        "muted": "#767676",
        "cursor": "#303030",
        "footer-background": "#1c1c1c",
        "footer-key-foreground": "#87afd7",
    },
)
LIGHT = Theme(
    name="cortex-light",
    dark=False,
    primary="#5f87af",
    secondary="#5f8787",
    accent="#005faf",
    success="#3f7f3f",
    warning="#875f00",
    error="#af0000",
    foreground="#303030",
    background="#fafafa",
    surface="#eeeeee",
    panel="#e4e4e4",
    variables={
        "unknown": "#5f3f9f",
        "muted": "#767676",
        "cursor": "#d7dfe7",
        "footer-background": "#eeeeee",
        "footer-key-foreground": "#005faf",
    },
)
SIXTEEN = replace(
    BUILTIN_THEMES["ansi-dark"],
    name="cortex-16",
    accent="ansi_cyan",
    variables=BUILTIN_THEMES["ansi-dark"].variables
    | {"unknown": "ansi_magenta", "cursor": "ansi_default", "footer-key-foreground": "ansi_cyan"},
)
"""The terminal's own colours, as on the console of a server."""
CONTRAST = Theme(
    name="cortex-contrast",
    dark=True,
    primary="#ffffff",
    secondary="#ffffff",
    accent="#5fffff",
    success="#5fff5f",
    warning="#ffff00",
    error="#ffafaf",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    variables={
        "unknown": "#ffafff",
        "muted": "#d7d7d7",
        "cursor": "#002766",
        "footer-background": "#000000",
        "footer-key-foreground": "#5fffff",
    },
)
"""Every text at 7:1 or more before its background."""
ALL = (DARK, LIGHT, CONTRAST, SIXTEEN)
NAMES = tuple(theme.name for theme in ALL)


def suited(color_system: str | None) -> Theme:
    """`color_system` as Rich names what the terminal can."""
    return SIXTEEN if color_system == "standard" else DARK
