"""Markdown from what the code says about itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

BAR = "\\|"
CODE = re.compile(r"(`[^`]*`)")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An empty string where there are no rows."""
    lines = [_row(row) for row in rows]
    return "\n".join([_row(head), f"|{' --- |' * len(head)}", *lines, ""]) if lines else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def prose(text: str) -> str:
    """A docstring's words: what is no code is no markup either."""
    parts = CODE.split(text)
    return "".join(part if part.startswith("`") else _plain(part) for part in parts)


def _plain(text: str) -> str:
    return re.sub(r"([*_<\[])", r"\\\1", text)
