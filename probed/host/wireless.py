"""Wireless links, as /proc/net/wireless tells of them; see proc_net(5)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.errors import NotHere

WIRELESS = Path("/proc/net/wireless")


@dataclass(frozen=True, slots=True)
class Radio:
    name: str
    signal_dbm: float


def radios() -> tuple[Radio, ...]:
    """Those that are connected. Raises NotHere where there is none."""
    try:
        lines = [line.split() for line in WIRELESS.read_text().splitlines()[2:]]
    except OSError:
        lines = []
    found = (_radio(words) for words in lines if len(words) > 3)
    connected = tuple(each for each in found if each)
    if not connected:
        raise NotHere("wireless link")
    return connected


def _radio(words: list[str]) -> Radio | None:
    """None where the driver tells no level in dBm, which is below zero."""
    try:
        level = float(words[3].rstrip("."))
    except ValueError:
        return None
    return Radio(words[0].rstrip(":"), level) if -120 <= level < 0 else None
