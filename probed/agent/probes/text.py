"""A text as the rows of a table: numbered lines, of which a secret that runs over several is masked first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from probed.agent.probes.table import MAX_LINE, Cell, Table
from probed.core.redaction import mask

BEGINS = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY")
ENDS = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY")
PART_OF_A_KEY = re.compile(r"\s{0,40}(?![0-9a-fA-F]{40,128}={0,2}\s*$)[A-Za-z0-9+/]{40,100}={0,2}\s*")
"""A whole line of base64, as a key has that begins before what is shown; a sum in hexadecimal is none."""
HIDDEN = "***private key***"
SECRET_SETTING = re.compile(
    r"(?i)^(?!\s*passwd:\s{4})(?P<name>\s*[\w.-]*"
    r"(?:pass|password|passwd|passphrase|secret|token|key|auth|credentials?|bindpw|authorization))"
    r"(?P<between>\s*[=:]\s*|\s+)(?P<value>(?![^#;]*\*\*\*)[^/\s#;][^#;]*)"
)
"""A setting whose name says that its value is secret; one that is masked already, or the path of a file, is none."""
SECRET_WORD = re.compile(r"(?i)(?P<name>\b(?:auth|password|passwd|secret|token)\s+)(?P<value>[^/\s#;*][^\s;]*)")
"""The same within a line: `stats auth admin:…`."""


def lines_table(lines: Iterable[str], limit: int, note: str = "", *, is_config: bool = False) -> Table:
    masked = masked_lines(lines)
    rows: list[Sequence[Cell]] = list(zip(count(1), _settings(masked) if is_config else masked, strict=False))
    return Table(("line", "text"), rows, note=note, limit=limit, both_ends=True, max_cell=MAX_LINE)


def masked_lines(lines: Iterable[str]) -> Iterator[str]:
    """In the order in which they were written."""
    in_key = False
    for line in lines:
        begins, ends = BEGINS.search(line), ENDS.search(line)
        if in_key or (begins and not ends):
            in_key = not ends
            yield HIDDEN
        elif PART_OF_A_KEY.fullmatch(line):
            yield HIDDEN
        else:
            yield mask(line)


def decoded(content: bytes) -> list[str] | None:
    """Its lines; None of what is no text."""
    if b"\0" in content[:8192]:
        return None
    return content.decode(errors="replace").splitlines()


def _settings(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        without = SECRET_SETTING.sub(lambda found: f"{found['name']}{found['between']}***secret***", line)
        yield without if without.lstrip().startswith("#") else SECRET_WORD.sub(r"\g<name>***secret***", without)


def masked_setting(name: str, value: str) -> str:
    """The value, unless the name says that it is secret."""
    return "***secret***" if SECRET_SETTING.match(f"{name}=x") else mask(value)
