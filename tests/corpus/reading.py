"""The corpora of texts: those that are to be found, and those that only look like them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

HERE = Path(__file__).parent
ACTION, UNIT = "format_disk", "sshd.service"


def injections(action: str = ACTION, unit: str = UNIT) -> Sequence[tuple[str, str]]:
    """The place and the text of each."""
    places: dict[str, list[str]] = yaml.safe_load((HERE / "injections.yaml").read_text())
    return [(place, _filled(text, action, unit)) for place, texts in places.items() for text in texts]


def harmless_texts() -> Sequence[str]:
    """What hosts say of themselves: log lines, units' descriptions, labels, commands."""
    lines = (HERE / "harmless.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _filled(text: str, action: str, unit: str) -> str:
    return text.replace("{action}", action).replace("{unit}", unit).replace("{{", "{").replace("}}", "}")
