"""How `cortexctl` ends."""

from __future__ import annotations

from cortexctl.exits import Exit
from manual.docstring import member_docstrings
from manual.markdown import prose, table

INTRO = """\
# Exit codes

How `cortexctl` ends, for scripts and timers. Where it prints a status or a report, 4 is no fault of the command: it
worked, and something needs a person.
"""


def page() -> str:
    texts = member_docstrings(Exit)
    return f"{INTRO}\n{table(('code', 'meaning'), [(str(int(code)), prose(texts[code.name])) for code in Exit])}"
