"""The verdict in letters of two lines, from half blocks that every console font has."""

from __future__ import annotations

LETTERING = {
    "ok": (
        "█▀█ █▄▀",
        "█▄█ █ █",
    ),
    "warning": (
        "█ █ █ ▄▀█ █▀█ █▄ █ █ █▄ █ █▀▀",
        "▀▄▀▄▀ █▀█ █▀▄ █ ▀█ █ █ ▀█ █▄█",
    ),
    "critical": (
        "█▀▀ █▀█ █ ▀█▀ █ █▀▀ ▄▀█ █  ",
        "█▄▄ █▀▄ █  █  █ █▄▄ █▀█ █▄▄",
    ),
    "unknown": (
        "█ █ █▄ █ █▄▀ █▄ █ █▀█ █ █ █ █▄ █",
        "█▄█ █ ▀█ █ █ █ ▀█ █▄█ ▀▄▀▄▀ █ ▀█",
    ),
}
