"""Lines of cells: how everything but prose is drawn. No text reaches the terminal but through here or `plain`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip

from cortexctl.text import one_line, several_lines

TONES = ("ok", "info", "warning", "critical", "unknown", "muted", "strong", "warning-track", "critical-track")
"""Each is a component class `tone--NAME`, coloured in cortex.tcss."""
TONE_CLASSES = {f"tone--{tone}" for tone in TONES}
TONE_OF = {
    "ok": "ok",
    "verified": "ok",
    "resolved": "ok",
    "closed": "ok",
    "info": "info",
    "warning": "warning",
    "waiting": "warning",
    "unknown": "unknown",
    "timeout": "unknown",
    "budget": "unknown",
    "critical": "critical",
    "failed": "critical",
    "not_verified": "critical",
}
"""How a verdict, a severity or a state looks; each is also said in words."""

StyleOf = Callable[[str], Style]
"""The style of a tone."""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    tone: str = ""
    width: int | None = None
    """Columns; None: what the other cells leave."""
    gap: int = 1
    """Blanks that follow."""
    is_right: bool = False


def strip_of(cells: Sequence[Cell], width: int, style_of: StyleOf) -> Strip:
    """Exactly `width` columns, whatever the cells hold."""
    free = width - sum(cell.gap + (cell.width or 0) for cell in cells)
    flexible = sum(cell.width is None for cell in cells)
    segments = []
    for cell in cells:
        columns = max(0, free // flexible) if cell.width is None else cell.width
        style = style_of(cell.tone)
        segments += [Segment(fitted(cell.text, columns, cell.is_right), style), Segment(" " * cell.gap, style_of(""))]
    return Strip([segment for segment in segments if segment.text]).adjust_cell_length(width, style_of("")).simplify()


def fitted(text: str, columns: int, is_right: bool = False) -> str:
    """Cut with `…` or padded."""
    text = one_line(text)
    missing = columns - cell_len(text)
    if missing < 0:
        return set_cell_size(f"{set_cell_size(text, max(0, columns - 1)).rstrip()}…", columns)
    return " " * missing + text if is_right else text + " " * missing


def longest(texts: Iterable[str], most: int) -> int:
    """The columns that a column of these texts takes, at most `most`."""
    return min(most, max((cell_len(one_line(text)) for text in texts), default=0))


def plain(text: object) -> Content:
    """Prose as it is: no markup, no control sequences."""
    return Content("\n".join(several_lines(text)))
