"""A text as the rows of a table: numbered lines, of which a secret that runs over several is masked first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress, count, pairwise, repeat

from probed.agent.probes.command_line import masked_shell
from probed.agent.probes.table import MAX_LINE, Cell, Table
from probed.core.redaction import mask
from probed.core.regex import compile_regex
from probed.errors import ParameterError

BEGINS = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY")
ENDS = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY")
PART_OF_A_KEY = re.compile(r"\s{0,40}(?![0-9a-fA-F]{40,128}={0,2}\s*$)[A-Za-z0-9+/]{40,100}={0,2}\s*")
"""A whole line of base64, as a key has that begins before what is shown; a sum in hexadecimal is none."""
LAST_PART_OF_A_KEY = re.compile(r"\s{0,40}[A-Za-z0-9+/]{1,100}={0,2}\s*")
LONGEST_KEY = 150
"""Lines: whoever writes no more than the beginning of one hides no more than that."""
HIDDEN = "***private key***"
COMMAND = re.compile(r"\bCOMMAND=|\bCMD \(|^\s*Exec[A-Z]\w*\s*=\s*")
"""Behind which a command stands: as sudo and cron log it, and in a unit of systemd."""
SIGNS_OF_A_COMMAND = ("COMMAND=", "CMD (", "Exec")
COMMENT = re.compile(r"\s*[#;]")
"""A line of a unit that may stand between those of one command."""
NOT_TOLD = "***secret***"
"""What a line of a command holds that went into a secret that began before it."""
SECRET_SETTING = re.compile(
    r"(?i)^(?!\s*passwd:\s{4})(?P<name>\s*[\"']?[\w.-]*"
    r"(?:pass|password|passwd|passphrase|secret|token|key|auth|credentials?|bindpw|authorization)[\"']?"
    r"|\s*(?:Default|Manager)Environment(?=\s*=))"
    r"(?P<between>\s*+[=:](?:\s++(?![#;]))?|\s++(?![#;]))"
    r"(?P<value>(?:\"[^\"]*\"|'[^']*')(?=[\s;,]|$)"
    r"|(?!(?:[\w.-]{1,60}:)?\*\*\*[\w ]+\*\*\*[\"';,]*\s*$)[^/\s](?:(?!\s[#;]).)*)"
)
"""A setting whose name says that its value is secret; the path of a file is none. It ends with the line, or at a
comment that is set off."""
SECRET_WORD = re.compile(
    r"(?i)(?P<name>(?<![\w-])\$?(?:auth|password|passwd|secret|token|authorization"
    r"|[\w-]{1,60}[_-](?:pass|password|passwd|secret|token|key|pw))\s+(?:[!=]=?\s+)?)"
    r"(?P<value>\"[^\"*]*\"|[^/\s#;*=:$\"]\S*)"
)
"""The same within a line: `stats auth admin:…`, `set $api_key …`, `SetEnv DB_PASS …`."""
OF_A_USER = re.compile(r"(?<=\s)[<>#!]\S+")
"""Passwords in a line of Redis that says what a user may do."""
COLOURS = re.compile(r"\x1b\[[0-9;?]{0,20}[ -/]{0,4}[@-~]")
"""Which a program writes to a terminal; between a name and its value they would keep the two apart."""


def lines_table(lines: Iterable[str], limit: int, note: str = "", *, is_config: bool = False) -> Table:
    masked = masked_lines(lines)
    rows: list[Sequence[Cell]] = list(zip(count(1), _settings(masked) if is_config else masked, strict=False))
    return Table(("line", "text"), rows, note=note, limit=limit, both_ends=True, max_cell=MAX_LINE)


def masked_lines(lines: Iterable[str]) -> Iterator[str]:
    """In the order in which they were written, and as many."""
    command: list[str] = []
    for line in _without_keys(lines):
        command.append(line)
        if not _goes_on(command):
            yield from _masked_command(command)
            command = []
    yield from _masked_command(command)


def _without_keys(lines: Iterable[str]) -> Iterator[str]:
    key_goes_on, was_part = 0, False
    for line, following in pairwise(chain(lines, [""])):
        line = COLOURS.sub("", line) if "\x1b" in line else line
        ends = ENDS.search(line)
        if BEGINS.search(line) and not ends:
            key_goes_on = LONGEST_KEY
        is_last = (was_part or ENDS.search(following)) and LAST_PART_OF_A_KEY.fullmatch(line)
        was_part = bool(key_goes_on or PART_OF_A_KEY.fullmatch(line))
        yield HIDDEN if was_part or is_last else line
        was_part = was_part and not ends
        key_goes_on = 0 if ends else max(key_goes_on - 1, 0)


def _goes_on(command: Sequence[str]) -> bool:
    """Over the next line too, as systemd and a shell read it."""
    last = command[-1]
    is_open = last.endswith("\\") or (len(command) > 1 and COMMENT.match(last) is not None)
    return is_open and "\n" not in last and _command_in(command[0]) is not None


def _masked_command(lines: Sequence[str]) -> Iterator[str]:
    """Read as one, for an option and its value may stand on two; a comment between them stays where it is."""
    counts = [not (place and COMMENT.match(line)) for place, line in enumerate(lines)]
    parts = list(compress(lines, counts))
    told = chain(_masked("\n".join(parts)).split("\n", len(parts) - 1), repeat(NOT_TOLD))
    return (next(told) if is_part else mask(line) for is_part, line in zip(counts, lines, strict=True))


def _masked(line: str) -> str:
    command = _command_in(line)
    return f"{mask(line[: command.end()])}{masked_shell(line[command.end() :])}" if command else mask(line)


def _command_in(line: str) -> re.Match[str] | None:
    return COMMAND.search(line) if any(sign in line for sign in SIGNS_OF_A_COMMAND) else None


def fitting(expression: str) -> Callable[[str], bool]:
    """Raises ParameterError."""
    if not expression:
        return lambda text: True
    is_any_case = expression == expression.lower()
    try:
        regex = compile_regex(f"(?i){expression}" if is_any_case else expression)
    except ValueError as error:
        raise ParameterError("contains", str(error)) from error
    return lambda text: regex.occurs_in(text.encode(errors="replace").decode())


def decoded(content: bytes) -> list[str] | None:
    """Its lines; None of what is no text."""
    if b"\0" in content[:8192]:
        return None
    return content.decode(errors="replace").splitlines()


def _settings(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        without = SECRET_SETTING.sub(lambda found: f"{found['name']}{found['between']}***secret***", line)
        if without.startswith("user "):
            without = OF_A_USER.sub("***secret***", without)
        yield without if without.lstrip().startswith("#") else SECRET_WORD.sub(r"\g<name>***secret***", without)


def holds(text: str, wanted: str) -> bool:
    """In any case of letters; what is masked is not there to be asked for."""
    return not wanted or wanted.lower() in mask(text).lower()


def masked_setting(name: str, value: str) -> str:
    """The value, unless the name says that it is secret."""
    return "***secret***" if SECRET_SETTING.match(f"{name}=x") else mask(value)
