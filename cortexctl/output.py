"""Where words and data go: data to stdout, words to stderr, colour only to a terminal that wants it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from cortexctl.failure import Failure

ANSI = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "yellow": "33",
    "green": "32",
    "magenta": "35",
    "cyan": "36",
}
STYLE_OF = {
    "ok": "green",
    "verified": "green",
    "info": "cyan",
    "warning": "yellow",
    "waiting": "yellow",
    "unknown": "magenta",
    "timeout": "magenta",
    "failed": "red",
    "not_verified": "red",
    "critical": "red",
    "firing": "red",
}
"""How a verdict, a severity or a state looks."""

Paint = Callable[..., str]
"""`Output.paint`: a text, and perhaps a style."""


def plain(text: str, style: str = "") -> str:
    return text


class Output:
    def __init__(self, *, no_color: bool = False, quiet: bool = False) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # in a locale without a letter the rest is still shown
        self.is_terminal = sys.stdout.isatty()
        wanted = not no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.has_color = self.is_terminal and wanted
        self.form = "table"
        """One of `form.FORMS`, as `--output` names it."""
        self.is_quiet = quiet
        """Lists are ids alone, and no words are said."""
        self.is_closed = False
        """The reader of a pipe has gone (`cortexctl runs | head -1`): what follows has nowhere to go."""

    @property
    def rows(self) -> int | None:
        """How many lines are seen at once, the one below them for the prompt; None where nobody looks."""
        if not self.is_terminal:
            return None
        try:
            return max(os.get_terminal_size(sys.stdout.fileno()).lines - 1, 0) or None
        except OSError:
            return None

    @property
    def columns(self) -> int | None:
        """How wide a line may be; None where nobody looks."""
        if not self.is_terminal:
            return None
        try:
            return os.get_terminal_size(sys.stdout.fileno()).columns or None
        except OSError:
            return None

    def emit(self, text: str, end: str = "\n") -> None:
        """Data: one or more lines for stdout, at once."""
        if self.is_closed:
            return
        try:
            sys.stdout.write(text + end)
            sys.stdout.flush()
        except BrokenPipeError:
            self.is_closed = True
            self._discard_rest()
        except OSError as error:
            self._discard_rest()
            raise Failure(f"the output cannot be written: {error.strerror}") from None

    def _discard_rest(self) -> None:
        """Python flushes once more at its end; that must not fail as well."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def emit_lines(self, lines: Iterable[str]) -> None:
        self.emit("\n".join(lines))

    def emit_json(self, value: Any, rows: str = "items") -> None:
        """What the daemon said, in the form that is wanted: JSON, unless `--output` names another one. Of an object
        that holds a list as its member `rows`, lines and CSV are of that."""
        from cortexctl import form

        if self.form in form.LINES:
            self.emit_data(form.rows_of(value, rows))
        else:
            self.emit(form.json_text(value))

    def emit_data(self, items: Iterable[Any]) -> None:
        """As they come, a line each: what has no end can be no JSON document."""
        from cortexctl import form

        for line in form.LINES.get(self.form, form.json_lines)(items):
            self.emit(line)
            if self.is_closed:
                return

    def refuse_color(self) -> None:
        self.has_color = False

    def be_quiet(self) -> None:
        self.is_quiet = True

    def say(self, words: str) -> None:
        if not self.is_quiet:
            self.insist(words)

    def insist(self, words: str) -> None:
        """What a question is about is said to whoever wants it quiet, too."""
        with suppress(OSError):  # nobody hears it: what was done is done all the same
            print(words, file=sys.stderr, flush=True)

    def paint(self, text: str, style: str = "") -> str:
        """In the style's colour; without one, in the colour of the state that the text names."""
        code = ANSI.get(style or STYLE_OF.get(text, ""))
        return f"\x1b[{code}m{text}\x1b[0m" if code and self.has_color else text
